package check_test

import (
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// strict refuses unknown and duplicate fields, as a cluster asked to validate does.
var strict = serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()

// decoded reads every document of manifests.
func decoded(manifests []byte) ([]runtime.Object, error) {
	var out []runtime.Object
	documents := yaml.NewDocumentDecoder(io.NopCloser(bytes.NewReader(manifests)))
	buffer := make([]byte, 1<<20)
	for {
		n, err := documents.Read(buffer)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(buffer[:n])) == 0 {
			continue
		}
		object, _, err := strict.Decode(bytes.Clone(buffer[:n]), nil, nil)
		if err != nil {
			return nil, err
		}
		out = append(out, object)
	}
}

func kustomized(t *testing.T, folder string) []byte {
	t.Helper()
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return manifests
}

// cluster is what manifests declare, by kind.
type cluster struct {
	deployments []*appsv1.Deployment
	services    []*corev1.Service
	configs     map[string]*corev1.ConfigMap
	policies    []*networkingv1.NetworkPolicy
	budgets     []*policyv1.PodDisruptionBudget
}

func clusterOf(t *testing.T, manifests []byte) cluster {
	t.Helper()
	objects, err := decoded(manifests)
	if err != nil {
		t.Fatalf("%v\n%s", err, manifests)
	}
	c := cluster{configs: map[string]*corev1.ConfigMap{}}
	for _, object := range objects {
		switch o := object.(type) {
		case *appsv1.Deployment:
			c.deployments = append(c.deployments, o)
		case *corev1.Service:
			c.services = append(c.services, o)
		case *corev1.ConfigMap:
			c.configs[o.Name] = o
		case *networkingv1.NetworkPolicy:
			c.policies = append(c.policies, o)
		case *policyv1.PodDisruptionBudget:
			c.budgets = append(c.budgets, o)
		default:
			t.Errorf("%T is not looked at", o)
		}
	}
	return c
}

// check finds what refers to nothing, and what is not as safe as it can be.
func (c cluster) check(t *testing.T) {
	t.Helper()
	for _, d := range c.deployments {
		if !selects(t, d.Spec.Selector, d.Spec.Template.Labels) {
			t.Errorf("deployment %s does not select its own pods", d.Name)
		}
		c.checkPod(t, d)
	}
	for _, s := range c.services {
		pods := labels.SelectorFromSet(s.Spec.Selector)
		for _, port := range s.Spec.Ports {
			if !c.serves(pods, port.TargetPort.String()) {
				t.Errorf("service %s: nobody listens on %s", s.Name, port.TargetPort.String())
			}
		}
	}
	for _, b := range c.budgets {
		if !c.anyPod(t, b.Spec.Selector) {
			t.Errorf("disruption budget %s is for no pod", b.Name)
		}
	}
}

func selects(t *testing.T, s *metav1.LabelSelector, pod map[string]string) bool {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	return selector.Matches(labels.Set(pod))
}

func (c cluster) anyPod(t *testing.T, s *metav1.LabelSelector) bool {
	t.Helper()
	for _, d := range c.deployments {
		if selects(t, s, d.Spec.Template.Labels) {
			return true
		}
	}
	return false
}

// serves is true if a selected pod has a port of that name or number.
func (c cluster) serves(pods labels.Selector, port string) bool {
	for _, d := range c.deployments {
		for _, container := range d.Spec.Template.Spec.Containers {
			for _, p := range container.Ports {
				if pods.Matches(labels.Set(d.Spec.Template.Labels)) && (p.Name == port || strconv.Itoa(int(p.ContainerPort)) == port) {
					return true
				}
			}
		}
	}
	return false
}

// checkPod looks at the gateway's container, wherever it stands.
func (c cluster) checkPod(t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	pod := d.Spec.Template.Spec
	for _, container := range append(append([]corev1.Container{}, pod.InitContainers...), pod.Containers...) {
		if container.Name != "gateway" {
			continue
		}
		s := container.SecurityContext
		nonRoot := s.RunAsNonRoot != nil && *s.RunAsNonRoot || pod.SecurityContext != nil && pod.SecurityContext.RunAsNonRoot != nil && *pod.SecurityContext.RunAsNonRoot
		if !nonRoot || !*s.ReadOnlyRootFilesystem || *s.AllowPrivilegeEscalation || len(s.Capabilities.Drop) != 1 || s.Capabilities.Drop[0] != "ALL" {
			t.Errorf("%s: the gateway may do more than it needs: %v", d.Name, s)
		}
		if container.LivenessProbe == nil || container.Resources.Limits.Memory().IsZero() {
			t.Errorf("%s: the gateway has no probe, or no limit of memory", d.Name)
		}
		c.checkMounts(t, d.Name, container, pod.Volumes)
		return
	}
	t.Errorf("%s: there is no gateway in it", d.Name)
}

// checkMounts lets the gateway check the configuration that is mounted.
func (c cluster) checkMounts(t *testing.T, name string, container corev1.Container, volumes []corev1.Volume) {
	t.Helper()
	for _, mount := range container.VolumeMounts {
		for _, v := range volumes {
			if v.Name != mount.Name || v.ConfigMap == nil {
				continue
			}
			config := c.configs[v.ConfigMap.Name]
			if config == nil {
				t.Fatalf("%s: there is no ConfigMap %s", name, v.ConfigMap.Name)
			}
			if mount.SubPath != "" || mount.MountPath != "/etc/gateway" {
				t.Errorf("%s: %s is mounted as %s%s; a subPath is never updated", name, v.Name, mount.MountPath, mount.SubPath)
			}
			checkConfig(t, config.Data["gateway.yaml"])
			return
		}
	}
	t.Errorf("%s: no configuration is mounted", name)
}

func TestKustomizeEgress(t *testing.T) {
	c := clusterOf(t, kustomized(t, deploy+"/kubernetes/egress"))
	c.check(t)
	c.checkOnlyWayOut(t)
}

// checkOnlyWayOut: of all pods of the namespace the gateway alone reaches what is outside of the cluster.
func (c cluster) checkOnlyWayOut(t *testing.T) {
	t.Helper()
	gateway := c.deployments[0].Spec.Template.Labels
	for name, pod := range map[string]map[string]string{"gateway": gateway, "another app": {"app": "shop"}, "a pod without labels": {}} {
		limited, outside := false, false
		for _, p := range c.policies {
			if !selects(t, &p.Spec.PodSelector, pod) {
				continue
			}
			for _, kind := range p.Spec.PolicyTypes {
				limited = limited || kind == networkingv1.PolicyTypeEgress
			}
			for _, rule := range p.Spec.Egress {
				outside = outside || len(rule.To) == 0
				for _, to := range rule.To {
					outside = outside || to.IPBlock != nil
				}
			}
		}
		if isGateway := name == "gateway"; !limited || outside != isGateway {
			t.Errorf("%s: its ways out are limited: %v, and lead out of the cluster: %v", name, limited, outside)
		}
	}
}

// TestKustomizeSidecar adds the component to an app.
func TestKustomizeSidecar(t *testing.T) {
	c := clusterOf(t, kustomized(t, "testdata/app"))
	c.check(t)
	app := c.deployments[0].Spec.Template.Spec
	if len(app.Containers) != 1 || app.Containers[0].Name != "shop" || len(app.InitContainers) != 1 {
		t.Fatalf("%d containers, %d that start before", len(app.Containers), len(app.InitContainers))
	}
	if always := app.InitContainers[0].RestartPolicy; always == nil || *always != corev1.ContainerRestartPolicyAlways {
		t.Error("the gateway does not stay beside the app")
	}
}

// TestManifestsAreReadStrictly: a misspelt field would be found.
func TestManifestsAreReadStrictly(t *testing.T) {
	text := strings.Replace(string(kustomized(t, deploy+"/kubernetes/egress")), "livenessProbe", "livenesProbe", 1)
	if _, err := decoded([]byte(text)); err == nil || !strings.Contains(err.Error(), "livenesProbe") {
		t.Errorf("%v", err)
	}
}
