package configgen

import (
	"github.com/tsboot/tsboot/configgen/profile"
)

import "slices"

// A family is a group of variables that, by the documentation of one program,
// change what it loads, runs or trusts before its own code starts.
type family struct {
	names    []string // the last character may be *
	harmless []string // exceptions: documented to do no such thing and often set, or not read at all
}

// families are the variables that exec exports only with --allow-env: a person who
// can write a parameter should not be able to run code. This helps but does not
// protect: every program has variables that cannot be known here. The comment of
// each family says whose documentation it comes from. Parameters become upper-case
// variables, so the names are upper case, also when a program reads lower case too.
var families = []family{
	// exec(3); ld.so(8); dyld(1); the list of unsecure variables of glibc (sysdeps/generic/unsecvars.h);
	// mallopt(3), jemalloc(3); resolv.conf(5), host.conf(5); musl's manual
	{
		names: []string{
			"PATH", "LD_*", "DYLD_*", "GCONV_PATH", "GETCONF_DIR", "GLIBC_TUNABLES", "HOSTALIASES", "LOCALDOMAIN", "LOCPATH",
			"MALLOC_*", "MUSL_LOCPATH", "NIS_PATH", "NLSPATH", "RESOLV_*", "RES_OPTIONS", "TMPDIR", "TZDIR",
		},
		harmless: []string{"MALLOC_ARENA_MAX", "MALLOC_ARENA_TEST", "MALLOC_MMAP_*", "MALLOC_TOP_PAD_", "MALLOC_TRIM_THRESHOLD_"},
	},
	// SanitizerCommonFlags (log_path and the like, of a program built with a sanitizer)
	{names: []string{"ASAN_*", "HWASAN_*", "LSAN_*", "MSAN_*", "TSAN_*", "UBSAN_*"}},
	// sh(1p), bash(1), zsh(1), ksh(1)
	{names: []string{
		"IFS", "ENV", "CDPATH", "SHELL", "SHELLOPTS", "PS0", "PS1", "PS2", "PS4", "PROMPT_COMMAND",
		"BASH_*", "BASHOPTS", "GLOBIGNORE", "ZDOTDIR", "FPATH",
	}},
	// the XDG base directory specification: where programs find configuration and plug-ins (HOME is left to the
	// operator: a program is at a loss without it)
	{names: []string{"XDG_CONFIG_*", "XDG_DATA_*"}},
	// environ(7), less(1), man(1), readline(3), terminfo(5), termcap(5), systemctl(1), vim(1), emacs(1), sudo(8), ssh(1)
	{names: []string{
		"EDITOR", "VISUAL", "FCEDIT", "SUDO_EDITOR", "SYSTEMD_EDITOR", "VIMINIT", "VIMRUNTIME", "EXINIT", "EMACSLOADPATH",
		"PAGER", "MANPAGER", "MANOPT", "SYSTEMD_PAGER", "LESS", "LESSOPEN", "LESSCLOSE", "LESSEDIT", "LESSKEY*", "BROWSER",
		"INPUTRC", "TERMCAP", "TERMINFO", "TERMINFO_DIRS", "TERMPATH", "SSH_ASKPASS", "SUDO_ASKPASS",
	}},
	// GNU make's manual, "Communicating Options to a Sub-make" and "The Variable MAKEFILES"
	{names: []string{"MAKEFLAGS", "MAKEFILES", "MAKEOVERRIDES", "GNUMAKEFLAGS", "MFLAGS"}},
	// git(1), "Environment Variables" (commands to run, configuration, hooks, TLS); rsync(1), svn(1), cvs(1), hg(1).
	// Git takes only names and dates from GIT_AUTHOR_* and GIT_COMMITTER_*, and does not read those of build systems.
	{
		names: []string{"GIT_*", "RSYNC_RSH", "RSYNC_CONNECT_PROG", "SVN_SSH", "CVS_RSH", "HGRCPATH"},
		harmless: []string{
			"GIT_AUTHOR_*", "GIT_COMMITTER_*",
			"GIT_BRANCH", "GIT_COMMIT", "GIT_REF", "GIT_SHA", "GIT_TAG", "GIT_PASSWORD", "GIT_TOKEN", "GIT_URL", "GIT_USERNAME",
		},
	},
	// Go's runtime package and `go help environment`
	{names: []string{
		"GODEBUG", "GOTRACEBACK", "GOCOVERDIR", "GOROOT", "GOENV", "GOFLAGS", "GOPROXY", "GOSUMDB", "GOTOOLCHAIN", "GOWORK",
	}},
	// node(1), "Environment variables" (NODE_ is also the prefix of many a cluster's own, so by name); node-config;
	// npm config ("npm_config_ in any case"); yarn's .yarnrc.yml; bun's runtime
	{names: []string{
		"NODE_OPTIONS", "NODE_PATH", "NODE_REPL_*", "NODE_COMPILE_CACHE*", "NODE_EXTRA_CA_CERTS", "NODE_ICU_DATA", "NODE_PRESERVE_SYMLINKS*",
		"NODE_REDIRECT_WARNINGS", "NODE_TLS_REJECT_UNAUTHORIZED", "NODE_USE_ENV_PROXY", "NODE_USE_SYSTEM_CA", "NODE_V8_COVERAGE", "NODE_CONFIG_DIR",
		"NPM_CONFIG_*", "YARN_RC_FILENAME", "YARN_YARN_PATH", "YARN_PLUGINS", "BUN_OPTIONS", "BUN_INSPECT*",
	}},
	// python(1), "Environment variables"; pip's "Configuration"
	{
		names: []string{"PYTHON*", "PIP_*"},
		harmless: []string{
			"PYTHONASYNCIODEBUG", "PYTHONCOERCECLOCALE", "PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONIOENCODING",
			"PYTHONMALLOC", "PYTHONNODEBUGRANGES", "PYTHONTRACEMALLOC", "PYTHONUNBUFFERED", "PYTHONUTF8",
			"PYTHON_COLORS", "PYTHON_CPU_COUNT", "PYTHON_ENV", "PYTHON_GIL", "PYTHON_VERSION",
		},
	},
	// perlrun(1), PerlIO(3)
	{names: []string{"PERL5*", "PERLLIB", "PERLIO*", "PERL_MM_OPT", "PERL_MB_OPT", "PERL_CPANM_OPT"}},
	// ruby(1); gem's and bundler's `config`. Bundler takes the credentials of a host from BUNDLE_ and its name.
	{
		names: []string{"RUBYOPT", "RUBYLIB", "RUBYLIB_PREFIX", "RUBYPATH", "RUBYSHELL", "GEM_*", "GEMRC", "BUNDLE_*"},
		harmless: []string{
			"GEM_HOST_API_KEY*", "BUNDLE_DEPLOYMENT", "BUNDLE_FROZEN", "BUNDLE_JOBS", "BUNDLE_WITHOUT",
			"BUNDLE_GITHUB__COM", "BUNDLE_RUBYGEMS__PKG__GITHUB__COM", "BUNDLE_ENTERPRISE__CONTRIBSYS__COM", "BUNDLE_GEMS__CONTRIBSYS__COM", "BUNDLE_GEM__FURY__IO",
		},
	},
	// java(1), javac(1), the tool interface's JAVA_TOOL_OPTIONS, OpenJ9's "Environment variables". JAVA_OPTS is no
	// loader's but of the start script that reads it.
	{names: []string{"JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "JDK_JAVAC_OPTIONS", "_JAVA_OPTIONS", "IBM_JAVA_OPTIONS", "OPENJ9_JAVA_OPTIONS", "JAVA_HOME", "JRE_HOME", "CLASSPATH"}},
	// "Environment variables used by .NET SDK, .NET CLI, and .NET runtime", ".NET profiling", "Hosting startup
	// assemblies in ASP.NET Core"
	{
		names: []string{"DOTNET_*", "COMPLUS_*", "CORECLR_*", "COR_*", "ASPNETCORE_HOSTINGSTARTUP*", "ASPNETCORE_STARTUPASSEMBLY", "ASPNETCORE_CONTENTROOT", "ASPNETCORE_WEBROOT"},
		harmless: []string{
			"DOTNET_ENVIRONMENT", "DOTNET_URLS", "DOTNET_NOLOGO", "DOTNET_CLI_TELEMETRY_OPTOUT", "DOTNET_RUNNING_IN_CONTAINER",
			"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "DOTNET_USE_POLLING_FILE_WATCHER",
		},
	},
	// R's ?Startup and ?EnvVar; erl(1), "Environment variables", escript(1), elixir(1), mix release
	{names: []string{"R_*", "ERL_*", "ELIXIR_ERL_OPTIONS", "ESCRIPT_*", "RELEASE_BOOT_SCRIPT*", "RELEASE_ROOT", "RELEASE_SYS_CONFIG", "RELEASE_VM_ARGS", "RELEASE_REMOTE_VM_ARGS"}},
	// lua(1), php(1), tclsh(1), guile(1), Julia's "Environment Variables", GHC's users guide, ocamlrun(1), gawk(1)
	{
		names: []string{
			"LUA_PATH*", "LUA_CPATH*", "LUA_INIT*", "PHPRC", "PHP_INI_SCAN_DIR", "TCLLIBPATH", "TCL_LIBRARY", "TK_LIBRARY", "GUILE_*", "JULIA_*",
			"GHCRTS", "GHC_ENVIRONMENT", "GHC_PACKAGE_PATH", "OCAMLRUNPARAM", "CAMLRUNPARAM", "OCAMLPATH", "CAML_LD_LIBRARY_PATH", "AWKPATH", "AWKLIBPATH",
		},
		harmless: []string{"JULIA_NUM_THREADS"},
	},
	// openssl-env(7), curl(1), Requests' "SSL Cert Verification", NSS's SSLKEYLOGFILE: which certificates are trusted,
	// what is loaded to check them, and where session keys are written
	{names: []string{"OPENSSL_*", "RANDFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE", "CURL_CA_BUNDLE", "CURL_HOME", "REQUESTS_CA_BUNDLE"}},
	// curl(1), wget(1), Go's net/http: through whom requests go
	{names: []string{"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY", "SOCKS_PROXY", "WS_PROXY", "WSS_PROXY", "RSYNC_PROXY", "GRPC_PROXY"}},
	// the AWS SDKs' settings reference (credential_process of a config file runs a command); likewise docker(1) with
	// its credential helpers and kubectl with its exec plugins
	{names: []string{
		"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CA_BUNDLE", "AWS_DATA_PATH", "AWS_CONTAINER_*", "AWS_WEB_IDENTITY_TOKEN_FILE",
		"AWS_EC2_METADATA_SERVICE_ENDPOINT*", "DOCKER_CONFIG", "KUBECONFIG",
	}},
	// libraries that load plug-ins: krb5.conf(5), Cyrus SASL, ldap.conf(5), odbc.ini(5), GIO, GTK, GStreamer, Qt
	{names: []string{
		"KRB5_CONFIG", "KRB5_TRACE", "SASL_PATH", "SASL_CONF_PATH", "LDAPCONF", "LDAPRC", "ODBCINI", "ODBCINSTINI", "ODBCSYSINI",
		"GIO_EXTRA_MODULES", "GIO_MODULE_DIR", "GTK_MODULES", "GTK_PATH", "GST_PLUGIN_*", "QT_PLUGIN_PATH",
	}},
	// a tsboot that this one starts
	{names: []string{"TSBOOT_*"}},
}

// dangerous reports whether a parameter may become this variable only with
// --allow-env.
func dangerous(name string) bool {
	return slices.ContainsFunc(families, func(f family) bool { return profile.MatchAny(f.names, name) && !profile.MatchAny(f.harmless, name) })
}
