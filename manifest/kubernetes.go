package manifest

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tsboot/tsboot/secrets/ssm"
)

// probePeriod is that of the startup probe, in seconds.
const probePeriod = 10

// writeKubernetes is a ServiceAccount and a DaemonSet.
func writeKubernetes(m *model) ([]byte, error) {
	labels := object{{"app.kubernetes.io/name", m.name}}
	account := object{
		{"apiVersion", "v1"}, {"kind", "ServiceAccount"}, {"metadata", m.accountMetadata(labels)}, {"automountServiceAccountToken", false},
	}
	set := object{
		{"apiVersion", "apps/v1"}, {"kind", "DaemonSet"}, {"metadata", object{{"name", m.name}, {"labels", labels}}},
		{"spec", object{
			{"selector", object{{"matchLabels", labels}}},
			{"template", object{{"metadata", object{{"labels", labels}}}, {"spec", m.pod()}}},
		}},
	}
	return yamlText(m.kubernetesHead(), account, set)
}

func (m *model) kubernetesHead() string {
	if m.policy == nil {
		return m.description() + "\n"
	}
	policy := treeText(m.taskPolicy())
	return m.description() + `

The pods act as the role ` + m.roleName("task") + `. Its policy:

` + policy + `

Its trust with IRSA, for this ServiceAccount alone. OIDC is the cluster's provider, without https://, as printed by
  aws eks describe-cluster --name CLUSTER --query cluster.identity.oidc.issuer --output text

` + treeText(m.irsaTrust()) + `

With EKS Pod Identity remove the annotation, let the role trust this, and run the command after it:

` + treeText(m.podIdentityTrust()) + `

  aws eks create-pod-identity-association --cluster-name CLUSTER --namespace default --service-account ` + m.name + ` \
    --role-arn ` + m.roleARN("task") + "\n"
}

func treeText(tree any) string { return strings.TrimSuffix(string(jsonText(tree)), "\n") }

// irsaTrust lets one ServiceAccount of one cluster take the role. Another namespace than default is another subject.
func (m *model) irsaTrust() object {
	provider := "arn:" + ssm.PartitionOf(m.region) + ":iam::" + m.account + ":oidc-provider/OIDC"
	return object{{"Version", policyVersion}, {"Statement", []any{object{
		{"Effect", "Allow"}, {"Principal", object{{"Federated", provider}}}, {"Action", "sts:AssumeRoleWithWebIdentity"},
		{"Condition", verbatim{{"StringEquals", verbatim{
			{"OIDC:sub", "system:serviceaccount:default:" + m.name}, {"OIDC:aud", "sts.amazonaws.com"},
		}}}},
	}}}}
}

func (m *model) podIdentityTrust() object {
	return object{{"Version", policyVersion}, {"Statement", []any{object{
		{"Effect", "Allow"}, {"Principal", object{{"Service", "pods.eks.amazonaws.com"}}}, {"Action", []string{"sts:AssumeRole", "sts:TagSession"}},
	}}}}
}

func (m *model) accountMetadata(labels object) object {
	metadata := object{{"name", m.name}, {"labels", labels}}
	if m.policy == nil {
		return metadata
	}
	return append(metadata, field{"annotations", object{{"eks.amazonaws.com/role-arn", m.roleARN("task")}}})
}

func (m *model) pod() object {
	pod := object{{"serviceAccountName", m.name}, {"automountServiceAccountToken", false}}
	if m.hostPID {
		pod = append(pod, field{"hostPID", true})
	}
	if !m.program { // an agent of the host, on every one
		pod = append(pod, field{"hostNetwork", true}, field{"dnsPolicy", "ClusterFirstWithHostNet"},
			field{"tolerations", []any{object{{"operator", "Exists"}}}})
	}
	if m.uid != 0 && len(m.secretsDirs) > 0 { // a Secret's files are root's, mode 0400: this lets the image's user read them
		pod = append(pod, field{"securityContext", object{{"fsGroup", m.uid}}})
	}
	mounts, volumes := m.podVolumes()
	container := object{
		{"name", m.name}, {"image", m.image}, {"args", doubled(m.words())}, // $(NAME) is a variable there, and $$ one $
		{"securityContext", object{
			{"readOnlyRootFilesystem", m.podReadOnly()},
			{"capabilities", object{{"add", m.capabilities}, {"drop", []string{"ALL"}}}},
		}},
		{"resources", object{{"requests", object{{"memory", strconv.Itoa(m.memory) + "Mi"}}}}},
	}
	container = append(append(container, m.probes()...), field{"volumeMounts", mounts})
	return append(pod, field{"terminationGracePeriodSeconds", m.stop}, field{"containers", []any{container}}, field{"volumes", volumes})
}

// podReadOnly: only root can write to the directories that a pod can be given for tsboot's files. An emptyDir is writable
// by everybody, and tsboot writes no secret where others could replace its file.
func (m *model) podReadOnly() bool {
	if m.readOnly && m.uid != 0 {
		m.note("the image must have " + strings.Join(m.own, " and ") + ", of its user " + strconv.Itoa(m.uid))
	}
	return m.readOnly && m.uid == 0
}

func (m *model) probes() object {
	command := m.health()
	if command == nil {
		m.note("no probes: --run-dir is empty, and without the control socket nobody answers")
		return nil
	}
	probe := func(period, failures int) object {
		return object{
			{"exec", object{{"command", command}}}, {"periodSeconds", period}, {"timeoutSeconds", m.healthTimeout}, {"failureThreshold", failures},
		}
	}
	return object{
		{"startupProbe", probe(probePeriod, (m.start+probePeriod-1)/probePeriod)},
		{"livenessProbe", probe(healthInterval, healthRetries)},
		{"readinessProbe", probe(probePeriod, healthRetries)},
	}
}

// podVolumes are the container's mounts and the pod's volumes.
func (m *model) podVolumes() (mounts, volumes []any) {
	add := func(name, path string, readOnly bool, source field) {
		mounts = append(mounts, object{{"name", name}, {"mountPath", path}, {"readOnly", readOnly}})
		volumes = append(volumes, object{{"name", name}, source})
	}
	for _, mount := range m.mounts {
		source := object{{"path", mount.host}}
		if mount.writable {
			source = append(source, field{"type", "DirectoryOrCreate"})
		}
		add(mount.name, mount.path, !mount.writable, field{"hostPath", source})
	}
	for i, dir := range m.secretsDirs {
		secret := m.name
		if i > 0 {
			secret += "-" + strconv.Itoa(i+1)
		}
		add("secrets-"+strconv.Itoa(i+1), dir, true, field{"secret", object{{"secretName", secret}, {"defaultMode", 0o400}}})
	}
	if m.uid != 0 {
		return mounts, volumes
	}
	for i, dir := range m.scratch {
		source := field{"emptyDir", object{{"medium", "Memory"}, {"sizeLimit", strconv.Itoa(scratchSize) + "Mi"}}}
		if slices.Contains(m.own, dir) { // of root alone, in the memory of the host
			source = field{"hostPath", object{{"path", "/run/tsboot/" + m.name + dir}, {"type", "DirectoryOrCreate"}}}
		}
		add(scratchName(i), dir, false, source)
	}
	return mounts, volumes
}
