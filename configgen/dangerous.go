package configgen

// dangerousNames change what a program loads or runs before its first own
// line: who can write a parameter must not thereby run code. By who reads them.
var dangerousNames = []string{
	// the loader and the C library
	"PATH", "LD_*", "DYLD_*", "GCONV_PATH", "GETCONF_DIR", "LOCPATH", "NLSPATH", "GLIBC_TUNABLES",
	// shells
	"IFS", "ENV", "BASH_ENV", "BASH_FUNC_*", "BASHOPTS", "SHELLOPTS", "CDPATH", "GLOBIGNORE", "PS4", "PROMPT_COMMAND", "ZDOTDIR",
	// languages
	"GODEBUG", "GOCOVERDIR",
	"NODE_OPTIONS", "NODE_PATH", "NODE_REPL_EXTERNAL_MODULE",
	"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONUSERBASE", "PYTHONWARNINGS", "PYTHONBREAKPOINT", "PYTHONPLATLIBDIR",
	"PERL5OPT", "PERL5LIB", "PERLLIB", "PERL5DB", "PERL5SHELL",
	"RUBYOPT", "RUBYLIB", "RUBYSHELL", "BUNDLE_GEMFILE", "GEM_PATH", "GEM_HOME",
	"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH",
	"DOTNET_STARTUP_HOOKS", "DOTNET_ADDITIONAL_DEPS", "CORECLR_*", "COR_*",
	"PHPRC", "PHP_INI_SCAN_DIR", "LUA_PATH*", "LUA_CPATH*", "LUA_INIT*", "R_PROFILE*", "R_ENVIRON*", "ERL_FLAGS", "ERL_AFLAGS", "ERL_ZFLAGS", "TCLLIBPATH", "GUILE_LOAD_PATH", "JULIA_LOAD_PATH",
	// libraries and tools that load code
	"OPENSSL_CONF", "OPENSSL_MODULES", "OPENSSL_ENGINES", "GIT_SSH", "GIT_SSH_COMMAND", "GIT_EXEC_PATH", "GIT_CONFIG*",
	// a tsboot below this one
	"TSBOOT_*",
}

// dangerous reports whether a parameter may not become this variable unasked.
func dangerous(name string) bool { return matchAny(dangerousNames, name) }
