package container

import (
	"strconv"
	"strings"
	"testing"
)

const (
	idA = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	idB = "fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210"
	idC = "00000000111111112222222233333333444444445555555566666666777777ff"
	// taskID is of ECS, buildID of BuildKit, gardenID of Cloud Foundry.
	taskID   = "0123456789abcdef0123456789abcdef"
	buildID  = "u0p8ieyrszj8kqbl9qtk0x1ya"
	gardenID = "6f265890-5165-7fab-6b52-18d1"
)

// TestParseCgroup has every form of path that facts know, by its number there; <a> and <b> stand for ids.
func TestParseCgroup(t *testing.T) {
	t.Parallel()
	none := Path{}
	a := func(runtime string) Path { return Path{ID: idA, Runtime: runtime} }
	bInA := func(runtime string) Path { return Path{ID: idB, ParentID: idA, Runtime: runtime} }
	for _, c := range []struct {
		name, text string
		want       Path
	}{
		{"1 docker", "0::/docker/<a>", a("docker")},
		{"1 docker in every hierarchy", "9:name=systemd:/docker/<a>\n8:pids:/docker/<a>\n4:memory:/docker/<a>\n0::/docker/<a>\n", a("docker")},
		{"2 docker and systemd", "0::/system.slice/docker-<a>.scope", a("docker")},
		{"3 rootless docker", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-<a>.scope", a("docker")},
		{"4 cgroup-parent", "8:pids:/batch/jobs/<a>", a("")},
		{"4 cgroup-parent and systemd", "0::/batch.slice/docker-<a>.scope", a("docker")},
		{"5 docker in docker", "8:pids:/docker/<a>/docker/<b>", bInA("docker")},
		{"6 BuildKit", "8:pids:/docker/buildkit/" + buildID, Path{ID: buildID, Runtime: "buildkit"}},
		{"6 BuildKit and systemd", "0::/system.slice/docker-" + buildID + ".scope", Path{ID: buildID, Runtime: "buildkit"}},
		{"6 BuildKit in a container", "0::/docker/<a>/buildkit/" + buildID, Path{ID: buildID, ParentID: idA, Runtime: "buildkit"}},
		{"7 cgroup inside", "8:pids:/docker/<a>/ns", a("docker")},
		{"7 systemd inside", "0::/system.slice/docker-<a>.scope/init.scope", a("docker")},
		{"7 a service inside", "0::/system.slice/docker-<a>.scope/system.slice/cron.service", a("docker")},
		{"8 ECS", "8:pids:/ecs/" + taskID + "/<a>", a("docker")},
		{"8 ECS with a uuid", "8:pids:/ecs/55091c13-b8cf-4801-b527-f4601742204d/<a>", a("docker")},
		{"8 ECS with a cluster", "8:pids:/ecs/prod/" + taskID + "/<a>", a("docker")},
		{"9 ECS on v2", "0::/ecstasks.slice/ecstasks-" + taskID + ".slice/docker-<a>.scope", a("docker")},
		{"10 Fargate", "8:pids:/ecs/" + taskID + "/" + taskID + "-3139309949", Path{ID: taskID + "-3139309949", Runtime: "ecs"}},
		{"10 Fargate, a short number", "8:pids:/ecs/" + taskID + "/" + taskID + "-7", Path{ID: taskID + "-7", Runtime: "ecs"}},
		{"10 Fargate's task alone", "8:pids:/ecs/" + taskID, none},
		{"11 kubelet", "8:pids:/kubepods/burstable/pod3dbc5577-d0e2-4706-8787-57d52c03ddf2/<a>", a("")},
		{"11 kubelet, guaranteed", "8:pids:/kubepods/pod3dbc5577-d0e2-4706-8787-57d52c03ddf2/<a>", a("")},
		{"12 cri-dockerd", "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod3dbc_5577.slice/docker-<a>.scope", a("docker")},
		{"13 containerd", "0::/kubepods.slice/kubepods-pod3dbc_5577.slice/cri-containerd-<a>.scope", a("containerd")},
		{"13 containerd without a scope", "8:pids:/kubepods/pod3dbc/cri-containerd-<a>", a("containerd")},
		{"14 colons", "8:pids:/system.slice/containerd.service/kubepods-burstable-pod3dbc_5577.slice:cri-containerd:<a>", a("containerd")},
		{"14 colons at the top", "0::/kubepods-besteffort-pod3dbc_5577.slice:cri-containerd:<a>", a("containerd")},
		{"15 CRI-O", "0::/kubepods.slice/kubepods-pod3dbc.slice/crio-<a>.scope", a("cri-o")},
		{"15 CRI-O's container", "0::/kubepods.slice/kubepods-pod3dbc.slice/crio-<a>.scope/container", a("cri-o")},
		{"16 CRI-O's conmon", "0::/kubepods.slice/kubepods-pod3dbc.slice/crio-conmon-<a>.scope", none},
		{"16 podman's conmon", "0::/machine.slice/libpod-conmon-<a>.scope", none},
		{"16 conmon in a container", "0::/docker/<a>/machine.slice/libpod-conmon-<b>.scope", a("docker")},
		{"17 podman", "0::/machine.slice/libpod-<a>.scope", a("podman")},
		{"17 podman's container", "0::/machine.slice/libpod-<a>.scope/container", a("podman")},
		{"18 rootless podman", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-<a>.scope/container", a("podman")},
		{"19 podman and cgroupfs", "8:pids:/libpod_parent/libpod-<a>", a("podman")},
		{"19 podman, split", "0::/system.slice/web.service/libpod-payload-<a>", a("podman")},
		{"20 nerdctl", "0::/system.slice/nerdctl-<a>.scope", a("containerd")},
		{"20 ctr", "8:pids:/default/web", Path{ID: "web", Runtime: "containerd"}},
		{"20 ctr with a long id", "8:pids:/default/<a>", a("containerd")},
		{"20 ctr's namespace alone", "8:pids:/default", none},
		{"20 default elsewhere", "8:pids:/jobs/default/web", none},
		{"21 GitHub Actions", "8:pids:/actions_job/<a>", a("docker")},
		{"22 Cloud Foundry", "8:pids:/garden/" + gardenID, Path{ID: gardenID, Runtime: "garden"}},
		{"22 Cloud Foundry, deeper", "8:pids:/system.slice/garden.service/garden/good/" + gardenID, Path{ID: gardenID, Runtime: "garden"}},
		{"22 Concourse", "0::/system.slice/concourse-worker.service/garden/0d233f08-00c2-43d8-5b57-2c2af4f5bfc0", Path{ID: "0d233f08-00c2-43d8-5b57-2c2af4f5bfc0", Runtime: "garden"}},
		{"22 a digit less", "8:pids:/garden/0d233f08-00c2-43d8-5b57-2c2af4f5bfc", none},
		{"22 a letter that is no digit", "8:pids:/garden/0d233f08-00c2-43d8-5b57-2c2af4f5bfcx", none},
		{"22 such an id elsewhere", "8:pids:/jobs/" + gardenID, none},
		{"23 LXC", "8:pids:/lxc/web", Path{ID: "web", Runtime: "lxc"}},
		{"23 LXC's namespace", "8:pids:/lxc/101/ns/init.scope", Path{ID: "101", Runtime: "lxc"}},
		{"23 LXC's payload", "0::/lxc.payload.web/system.slice/cron.service", Path{ID: "web", Runtime: "lxc"}},
		{"23 LXC's payload as a directory", "0::/lxc.payload/web", Path{ID: "web", Runtime: "lxc"}},
		{"23 LXC's monitor", "0::/lxc.monitor.web", none},
		{"23 LXC's monitor as a directory", "0::/lxc.monitor/web", none},
		{"23 docker in LXC", "0::/lxc.payload.web/docker/<a>", Path{ID: idA, ParentID: "web", Runtime: "docker"}},
		{"24 nspawn", "0::/machine.slice/machine-web.scope/payload", Path{ID: "web", Runtime: "systemd-nspawn"}},
		{"24 nspawn, escaped", `0::/machine.slice/machine-web\x2d1.scope`, Path{ID: "web-1", Runtime: "systemd-nspawn"}},
		{"24 nspawn's unit", `0::/machine.slice/systemd-nspawn@web\x2d1.service/payload/init.scope`, Path{ID: "web-1", Runtime: "systemd-nspawn"}},
		{"24 nspawn itself", "0::/machine.slice/systemd-nspawn@web.service/supervisor", none},
		{"24 libvirt", `0::/machine.slice/machine-lxc\x2d4711\x2dweb.scope/libvirt`, Path{ID: "web", Runtime: "libvirt-lxc"}},
		{"24 libvirt of old", "8:pids:/machine/web.libvirt-lxc", Path{ID: "web", Runtime: "libvirt-lxc"}},
		{"24 a virtual machine", `0::/machine.slice/machine-qemu\x2d1\x2dweb.scope`, none},
		{"25 Talos", "0::/podruntime/runtime", none},
		{"25 k0s", "0::/podruntime.slice/containerd.service", none},
		{"26 kind", "0::/kubepods.slice/docker-<a>.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod3dbc.slice/cri-containerd-<b>.scope", bInA("containerd")},
		{"26 kind on v1", "8:pids:/docker/<a>/kubelet/kubepods/besteffort/pod3dbc/<b>", bInA("")},
		{"26 minikube repeats the node", "8:pids:/docker/<a>/docker/<a>/kubepods/pod3dbc/<b>", bInA("")},
		{"27 sysbox", "8:pids:/docker/<a>/syscont-cgroup-root/docker/<b>", bInA("docker")},
		{"27 sysbox alone", "8:pids:/docker/<a>/syscont-cgroup-root/init.scope", a("docker")},
		{"28 a namespace of cgroups", "0::/../../../../system.slice/docker-<a>.scope", a("docker")},
		{"28 a neighbour", "0::/../<a>", a("")},
		{"28 the host", "0::/../../system.slice/cron.service", none},
		{"29 itself", "0::/", none},
		{"30 deleted", "0::/system.slice/docker-<a>.scope (deleted)", a("docker")},
		{"30 deleted, bare", "0::/docker/<a> (deleted)", a("docker")},
		{"15 CRI-O and cgroupfs", "8:pids:/kubepods/poda48c/crio-<a>", a("cri-o")},
		{"16 CRI-O's conmon and cgroupfs", "8:pids:/kubepods/poda48c/crio-conmon-<a>", none},
		{"16 podman's conmon and cgroupfs", "0::/libpod_parent/conmon", none},
		{"16 podman's conmon, split", "0::/user.slice/user-3020.slice/user@3020.service/app.slice/web.service/runtime", none},
		{"19 podman's pod", "0::/libpod_parent/<a>/libpod-<b>", Path{ID: idB, Runtime: "podman"}},
		{"19 the conmon of a pod", "0::/libpod_parent/<a>/conmon", none},
		{"19 podman's pod and systemd", "0::/machine.slice/machine-libpod_pod_<a>.slice/libpod-<b>.scope/container", Path{ID: idB, Runtime: "podman"}},
		{"19 podman in a unit with an instance", "0::/system.slice/system-ceph-f952f5be.slice/ceph-f952f5be@mon.a.service/libpod-payload-<a>", a("podman")},
		{"20 containerd's namespace", "8:pids:/k8s.io/web-1", Path{ID: "web-1", Runtime: "containerd"}},
		{"20 containerd's namespace and a long id", "0::/moby/<a>", a("containerd")},
		{"20 a unit in a slice of that name", "0::/default/web.service", none},
		{"20 a scope in a slice of that name", "0::/default/web.scope", none},
		{"20 dots in the id", "0::/default/web.a", Path{ID: "web.a", Runtime: "containerd"}},
		{"10 Fargate without the task", "1:name=systemd:/ecs/" + taskID + "-1234567890", Path{ID: taskID + "-1234567890", Runtime: "ecs"}},
		{"10 eleven digits", "8:pids:/ecs/" + taskID + "/" + taskID + "-12345678901", none},
		{"1 docker and a scope", "1:name=systemd:/docker/<a>.scope", a("docker")},
		{"2 a slice of docker's own", "0::/docker.slice/docker-<a>.scope", a("docker")},
		{"7 deep inside", "8:pids:/kubepods/besteffort/pod0d08/<a>/kube-proxy", a("")},
		{"14 on Talos", "4:pids:/podruntime.slice/containerd.service/kubepods-burstable-pod2934_197c.slice:cri-containerd:<a>", a("containerd")},
		{"14 a prefix of its own", "0::/system.slice:mine:<a>", a("")},
		{"26 the kubelet of kind", "0::/system.slice/docker-<a>.scope/system.slice/kubelet.service", a("docker")},
		{"26 kind repeats kubelet", "0::/docker/<a>/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-pod1.slice/cri-containerd-<b>.scope", bInA("containerd")},
		{"28 only dots", "0::/../..", none},
		{"28 a nested one beside", "0::/../<a>/docker/<b>", bInA("docker")},
		{"31 exiting", "9:name=systemd:/\n8:pids:/\n0::/\n", none},
		{"32 v1 has it", "8:pids:/docker/<a>\n1:name=systemd:/docker/<a>\n0::/system.slice/docker.service\n", a("docker")},
		{"32 only the last line has it", "8:pids:/\n0::/docker/<a>", a("docker")},
		{"32 the line with most", "8:pids:/docker/<a>\n4:memory:/docker/<a>/docker/<b>\n0::/\n", bInA("docker")},
		{"the host", "4:cpu,cpuacct:/user.slice\n1:name=systemd:/user.slice/user-0.slice/session-1.scope\n", none},
		{"podman's health check is the host's", "0::/system.slice/<a>.service", none},
		{"a mount", "0::/system.slice/var-lib-docker-containers-<a>-shm.mount", none},
		{"65 digits", "0::/docker/0<a>", none},
		{"63 digits", "0::/docker/" + idA[1:], none},
		{"upper case", "0::/docker/" + strings.ToUpper(idA), none},
		{"a prefix that is nobody's", "0::/system.slice/run-<a>.scope", a("")},
		{"a directory with an id in its name", "8:pids:/team-<a>/<b>", Path{ID: idB}},
		{"a unit with an id in its name, inside", "0::/docker/<a>/system.slice/backup-<b>.scope", a("docker")},
		{"two of nobody's", "0::/x-<a>/y-<b>", Path{ID: idB}},
		{"an id and more", "0::/system.slice/<a>-backup.scope", none},
		{"an id after a dot", "0::/backup.<a>", none},
		{"a service of a container's name", "0::/system.slice/docker-<a>.service", none},
		{"mixed case", "0::/docker/" + idA[:63] + "F", none},
		{"127 and 128 digits", "0::/docker/<a><b>", none},
		{"lines of another system", "8:pids:/docker/<a>\r\n0::/\r\n", a("docker")},
		{"no end of the line", "8:pids:/\n0::/docker/<a>", a("docker")},
		{"an empty line first", "\n\n0::/docker/<a>\n", a("docker")},
		{"NUL in it", "0::/docker/<a>\x00", none},
		{"NUL after a slash", "0::/docker/<a>/\x00", a("docker")},
		{"slashes twice", "0::/docker//<a>//", a("docker")},
		{"very long", "0::/docker/<a>" + strings.Repeat("/"+strings.Repeat("x", 250), 300), a("docker")},
		{"a relative path", "0::docker/<a>", none},
		{"a controller with an id", "8:<a>:/user.slice", none},
		{"colons in the name of a hierarchy", "1:name=a:b:/docker/<a>", none},
		{"no path", "0::", none},
		{"no line", "docker/<a>", none},
		{"nothing", "", none},
	} {
		text := strings.NewReplacer("<a>", idA, "<b>", idB).Replace(c.text)
		got, ok := ParseCgroup(text)
		if got != c.want || ok != (c.want != none) {
			t.Errorf("%s: %s\n got %+v, %v\nwant %+v", c.name, text, got, ok, c.want)
		}
	}
}

func FuzzParseCgroup(f *testing.F) {
	for _, text := range []string{
		"0::/docker/" + idA + "\n",
		"9:cpu,cpuacct:/docker/" + idA + "/docker/" + idB + "\n0::/\n",
		"0::/system.slice/containerd.service/kubepods.slice:cri-containerd:" + idA,
		"0::/../../system.slice/docker-" + idA + ".scope (deleted)\n",
		"8:pids:/ecs/" + taskID + "/" + taskID + "-1\n",
		"8:pids:/garden/" + gardenID + "\n0::/lxc.payload.web/x\n",
		`0::/machine.slice/machine-lxc\x2d1\x2dweb.scope`,
		"0::/docker/buildkit/" + buildID + "\n1:name=systemd:/default/web",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, ok := ParseCgroup(text)
		switch {
		case !ok && p != (Path{}):
			t.Errorf("%q: no container, and %+v", text, p)
		case ok && (p.ID == "" || p.ID == p.ParentID || strings.ContainsAny(p.ID+p.ParentID, "/\n")):
			t.Errorf("%q: %+v", text, p)
		case !strings.Contains(strings.ReplaceAll(text, `\x2d`, "-"), p.ID):
			t.Errorf("%q: the id %q is not there", text, p.ID)
		}
		if again, _ := ParseCgroup("1:name=systemd:/\n" + text); again != p {
			t.Errorf("%q: %+v, and %+v with a line that has none", text, p, again)
		}
	})
}

func FuzzParseStat(f *testing.F) {
	f.Add("10 (a) b) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 4711 0 0\n")
	f.Add("10 (")
	f.Add("10 () ")
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := parseStat([]byte(text))
		if ok && !strings.Contains(text, "("+string(s.comm)+")") {
			t.Errorf("%q: the name %q is not there", text, s.comm)
		}
		parseStatus([]byte(text))
	})
}

// TestFilesOfHosts has the whole text of /proc/PID/cgroup as kernels of all three kinds write it.
func TestFilesOfHosts(t *testing.T) {
	t.Parallel()
	every := func(path string) string {
		text := ""
		for i, controllers := range []string{"name=systemd", "pids", "net_cls,net_prio", "cpu,cpuacct", "rdma", "misc", "hugetlb", "memory", "devices", "blkio"} {
			text = strconv.Itoa(i+1) + ":" + controllers + ":" + path + "\n" + text
		}
		return text
	}
	for _, c := range []struct {
		name, text string
		want       Path
	}{
		{"v1", every("/docker/" + idA), Path{ID: idA, Runtime: "docker"}},
		{"v1, and v2 without controllers", every("/docker/"+idA) + "0::/system.slice/containerd.service\n", Path{ID: idA, Runtime: "docker"}},
		{"v1, one hierarchy is not used", "12:rdma:/\n11:misc:/\n" + every("/ecs/"+taskID+"/"+idA), Path{ID: idA, Runtime: "docker"}},
		{"v1, systemd inside", "0::/\n" + every("/docker/"+idA) + "1:name=systemd:/docker/" + idA + "/init.scope\n", Path{ID: idA, Runtime: "docker"}},
		{"v1, nested by some hierarchies only", every("/docker/"+idA) + "9:cpu:/docker/" + idA + "/docker/" + idB + "\n", Path{ID: idB, ParentID: idA, Runtime: "docker"}},
		{"v1, garden by halves", "9:rdma:/\n8:freezer:/garden/" + gardenID + "\n7:pids:/system.slice/garden.service/garden/" + gardenID + "\n", Path{ID: gardenID, Runtime: "garden"}},
		{"v1, the host", every("/user.slice/user-0.slice/session-83.scope"), Path{}},
		{"v2", "0::/system.slice/docker-" + idA + ".scope\n", Path{ID: idA, Runtime: "docker"}},
		{"v2, the host", "0::/init.scope\n", Path{}},
	} {
		if got, ok := ParseCgroup(c.text); got != c.want || ok != (c.want != Path{}) {
			t.Errorf("%s: got %+v, want %+v of\n%s", c.name, got, c.want, c.text)
		}
	}
}

func TestInCgroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, id string
		want     bool
	}{
		{"8:pids:/docker/" + idA + "\n0::/\n", idA, true},
		{"0::/system.slice/docker-" + idA + ".scope\n", idA, true},
		{"0::/docker/" + idA + "/init.scope\n", idA, true},
		{"0::/x.slice:cri-containerd:" + idA + "\n", idA, true},
		{"0::/docker/" + idA + "/docker/" + idB + "\n", idA, true},
		{"0::/web/db\n", "db", true},
		{"0::/system.slice/dbus.service\n", "db", false},
		{"0::/system.slice/adb\n", "db", false},
		{"0::/docker/" + idB + "\n", idA, false},
		{"0::/\n", "", false},
	} {
		if got := InCgroup(c.text, c.id); got != c.want {
			t.Errorf("%s in %s: %v", c.id, c.text, got)
		}
	}
}
