package check_test

import (
	"context"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/opencontainers/go-digest"
)

// offline stands for a registry: every image is there and empty.
type offline struct{}

func (offline) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config := []byte(`{"architecture":"amd64","os":"linux","config":{}}`)
	return ref, digest.FromBytes(config), config, nil
}

// lintDockerfile returns what BuildKit's linter says.
func lintDockerfile(t *testing.T, text string) []string {
	t.Helper()
	source := llb.NewSourceMap(nil, "Dockerfile", "dockerfile", []byte(text))
	source.Definition = &llb.Definition{}
	results, err := dockerfile2llb.DockerfileLint(t.Context(), []byte(text), dockerfile2llb.ConvertOpt{MetaResolver: offline{}, SourceMap: source})
	if err != nil {
		t.Fatal(err)
	}
	if results.Error != nil {
		t.Fatal(results.Error.Message)
	}
	var out []string
	for _, w := range results.Warnings {
		out = append(out, w.RuleName+": "+w.Detail)
	}
	return out
}

func TestDockerfileLint(t *testing.T) {
	text := read(t, deploy, "Dockerfile")
	if found := lintDockerfile(t, text); len(found) > 0 {
		t.Error(strings.Join(found, "\n"))
	}
	worse := strings.Replace(text, `ENTRYPOINT ["/gateway"]`, "entrypoint /gateway", 1)
	if found := lintDockerfile(t, worse); len(found) == 0 {
		t.Error("the linter finds nothing, whatever is wrong")
	}
}

// finalStage is the image itself.
func finalStage(t *testing.T) instructions.Stage {
	t.Helper()
	parsed, err := parser.Parse(strings.NewReader(read(t, deploy, "Dockerfile")))
	if err != nil {
		t.Fatal(err)
	}
	stages, _, err := instructions.Parse(parsed.AST, linter.New(&linter.Config{}))
	if err != nil {
		t.Fatal(err)
	}
	return stages[len(stages)-1]
}

// TestImageRunsAsNobody: without a shell, as a user by number, so that a cluster can tell that it is not root.
func TestImageRunsAsNobody(t *testing.T) {
	stage := finalStage(t)
	var user, entry, health bool
	for _, command := range stage.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			user = c.User == "65532:65532"
		case *instructions.EntrypointCommand:
			entry = !c.PrependShell && c.CmdLine[0] == "/gateway"
		case *instructions.HealthCheckCommand:
			health = c.Health.Test[0] == "CMD" && c.Health.Test[1] == "/gateway"
		case *instructions.RunCommand:
			t.Errorf("%s needs a shell, which there is none of", c)
		}
	}
	if !user || !entry || !health || !strings.Contains(stage.BaseName, "distroless/static") {
		t.Errorf("from %s: user %v, entrypoint %v, health check %v", stage.BaseName, user, entry, health)
	}
}
