package credentials

// Secret is a value that no output may show: every way of printing or encoding it gives "<secret>".
type Secret string

const masked = "<secret>"

// Reveal returns the value, for the one place that puts it on the wire.
func (s Secret) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (s Secret) String() string { return masked }

// GoString implements fmt.GoStringer, which %#v uses.
func (s Secret) GoString() string { return masked }

// MarshalText implements encoding.TextMarshaler, which JSON, YAML and zap use.
func (s Secret) MarshalText() ([]byte, error) { return []byte(masked), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Secret) UnmarshalText(text []byte) error {
	*s = Secret(text)
	return nil
}
