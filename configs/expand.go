package configs

import (
	"crypto/sha256"
	"fmt"
	"os"
	"regexp"
	"strings"

	"gateway/credentials"
)

// reference is ${NAME}, ${NAME:-default}, ${file:/path}, or $${, which stands for ${ itself.
var reference = regexp.MustCompile(`\$?\$\{([^{}]*)\}`)

var envName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// references records what the references of a configuration led to.
type references struct {
	files   []File
	secrets []credentials.Secret // the files' contents
}

// File is a file that was read besides the configuration itself, with the SHA-256 of its bytes at that time.
type File struct {
	Path string
	Sum  [sha256.Size]byte
}

// expand fills in references. It runs on single values after the file was parsed, so that a value cannot change the
// structure. An error names the variable or file, never a value.
func (r *references) expand(text string) (string, error) {
	var failed error
	out := reference.ReplaceAllStringFunc(text, func(ref string) string {
		if strings.HasPrefix(ref, "$$") {
			return ref[1:]
		}
		value, err := r.lookUp(ref[2 : len(ref)-1])
		if err != nil && failed == nil {
			failed = err
		}
		return value
	})
	return out, failed
}

func (r *references) lookUp(ref string) (string, error) {
	if path, ok := strings.CutPrefix(ref, "file:"); ok {
		return r.readSecret(path)
	}
	name, fallback, hasFallback := strings.Cut(ref, ":-")
	if !envName.MatchString(name) {
		return "", fmt.Errorf("${%s} is no reference; write ${NAME}, ${NAME:-default} or ${file:/path}, and $${ for a literal ${", ref)
	}
	value, set := os.LookupEnv(name)
	switch {
	case set && (value != "" || !hasFallback):
		return value, nil
	case hasFallback:
		return fallback, nil
	}
	return "", fmt.Errorf("the environment variable %s is not set; set it, or write ${%s:-default}", name, name)
}

// readSecret reads a file such as a mounted secret; the line end that editors add is cut.
func (r *references) readSecret(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("the file of ${file:%s} cannot be read: %w", path, err)
	}
	value := strings.TrimRight(string(data), "\r\n")
	r.files = append(r.files, File{path, sha256.Sum256(data)})
	r.secrets = append(r.secrets, credentials.Secret(value))
	return value, nil
}
