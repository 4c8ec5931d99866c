package configgen

import (
	"slices"
	"strings"
	"testing"

	"github.com/tsboot/tsboot/configgen/profile"
	"github.com/tsboot/tsboot/secrets"
)

// TestDangerousFamilies: what a parameter of some name becomes is left out, or
// exported, by what the readers of that variable document.
func TestDangerousFamilies(t *testing.T) {
	t.Parallel()
	left := strings.Fields(`
		path LD_PRELOAD ld-audit dyld/insert/libraries gconv.path glibc_tunables hostaliases res_options localdomain locpath nlspath malloc_trace tmpdir
		bash_env env bash_func_ls%% shellopts bashopts ps4 prompt_command ifs cdpath zdotdir
		makeflags gnumakeflags makefiles
		git_ssh git_ssh_command git_exec_path git_config_global git_external_diff git_askpass git_proxy_command git_ssl_no_verify git_pager git_editor git_template_dir git_dir
		erl_flags erl_aflags erl_libs erl_zflags elixir_erl_options r_profile r_profile_user r_environ r_libs r_home
		npm_config_registry npm/config/script-shell node_options node_path node_extra_ca_certs
		lessopen lessclose less lesskey_content
		dotnet_startup_hooks dotnet_additional_deps dotnet_root dotnet_gcname coreclr_profiler cor_enable_profiling aspnetcore_hostingstartupassemblies
		java_tool_options _java_options jdk_java_options classpath
		rubyopt rubylib gem_home gem_path bundle_gemfile bundle_path perl5opt perl5lib perl5db perllib
		pythonpath pythonhome pythonstartup pythoninspect pythonuserbase pythonbreakpoint python_presite pythonwarnings pip_index_url
		lua_path lua_path_5_4 lua_cpath lua_init phprc php_ini_scan_dir
		openssl_conf openssl_modules openssl_engines ssl_cert_file ssl_cert_dir sslkeylogfile curl_ca_bundle requests_ca_bundle
		http_proxy HTTPS_PROXY all-proxy no.proxy ftp_proxy
		aws_config_file aws_shared_credentials_file aws_ca_bundle
		godebug gotraceback editor visual pager manpager browser terminfo
		tsboot_profile`)
	exported := strings.Fields(`
		database_url db_password api-key token log/level port host hostname user lang lc_all tz term debug
		node_env node_name node_ip rails_env rack_env mix_env go_env python_env app_env environment
		dotnet_environment dotnet_urls aspnetcore_environment aspnetcore_urls aspnetcore_https_ports
		pythonunbuffered pythondontwritebytecode malloc_arena_max gomaxprocs gogc gomemlimit java_opts rust_log
		git_commit git_token git_author_name npm_token gem_host_api_key bundle_github__com
		aws_region aws_default_region aws_endpoint_url_s3 home_url path_prefix paths proxy_url http_proxy_port pager_duty_key cors_origin environment_name
		redis_url release_cookie release_node rabbitmq_erlang_cookie`)
	for _, name := range left {
		if e := exportedAs(t, name); len(e.Dangerous) != 1 || len(e.Env) != 0 {
			t.Errorf("%s is exported: %q", name, e.Env)
		}
	}
	for _, name := range exported {
		if e := exportedAs(t, name); len(e.Dangerous) != 0 || len(e.Env) != 1 {
			t.Errorf("%s is left out: %q", name, e.Dangerous)
		}
	}
}

// exportedAs is the environment that exec makes of one parameter.
func exportedAs(t *testing.T, name string) *Environment {
	t.Helper()
	program, _ := profile.Builtin("exec")
	e, err := resolve(t, program, layersOf(secrets.Parameter{FullName: "/app/" + name, Type: "String"}, "x", secrets.NormalizeName(name))).Environment(nil, EnvOptions{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return e
}

// TestFamiliesAreUpperCase: parameters become upper case, so nothing else would ever match.
func TestFamiliesAreUpperCase(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, f := range families {
		for _, glob := range slices.Concat(f.names, f.harmless) {
			if err := profile.CheckGlob(glob); err != nil || glob != strings.ToUpper(glob) || slices.Contains(seen, glob) {
				t.Errorf("%q: %v", glob, err)
			}
			seen = append(seen, glob)
		}
		for _, glob := range f.harmless {
			if !profile.MatchAny(f.names, strings.TrimSuffix(glob, "*")) {
				t.Errorf("%q is harmless and of no family", glob)
			}
		}
	}
}
