package problem

import "strconv"

// usualProblemBytes is the size of a buffer that fits most problems.
const usualProblemBytes = 1 << 10

// appendTo writes p as one JSON object, without its extensions. The result equals that of encoding/json, except that HTML's
// special characters are not escaped: the media type is JSON and nosniff is set.
func (p *Problem) appendTo(b []byte) []byte {
	o := object{append(b, '{')}
	o.text("type", p.Type)
	o.text("title", p.Title)
	o.number("status", int64(p.Status))
	o.textIfAny("detail", p.Detail)
	o.text("instance", p.Instance)
	o.text("code", string(p.Code))
	o.text("origin", string(p.Origin))
	o.text("fault", string(p.Fault))
	o.name("retryable")
	o.out = strconv.AppendBool(o.out, p.Retryable)
	if p.RetryAfter != nil {
		o.number("retry_after", *p.RetryAfter)
	}
	o.text("request_id", p.RequestID)
	o.violations(p.Errors)
	o.hints(p.Hints)
	o.textIfAny("docs", p.Docs)
	if p.Upstream != nil {
		o.name("upstream")
		o.out = p.Upstream.appendTo(o.out)
	}
	o.textIfAny("mapped", string(p.Mapped))
	return append(o.out, '}')
}

func (u *Upstream) appendTo(b []byte) []byte {
	o := object{append(b, '{')}
	o.text("name", u.Name)
	o.textIfAny("vendor", u.Vendor)
	o.number("status", int64(u.Status))
	o.textIfAny("code", u.Code)
	o.textIfAny("type", u.Type)
	o.textIfAny("message", u.Message)
	o.textIfAny("request_id", u.RequestID)
	return append(o.out, '}')
}

func (v *Violation) appendTo(b []byte) []byte {
	o := object{append(b, '{')}
	o.text("detail", v.Detail)
	o.textIfAny("field", v.Field)
	o.textIfAny("pointer", v.Pointer)
	o.textIfAny("in", v.In)
	o.textIfAny("name", v.Name)
	o.textIfAny("code", v.Code)
	return append(o.out, '}')
}

// object is a JSON object that has been opened and to which members are added.
type object struct{ out []byte }

func (o *object) comma(opened byte) {
	if o.out[len(o.out)-1] != opened {
		o.out = append(o.out, ',')
	}
}

func (o *object) name(name string) {
	o.comma('{')
	o.out = append(append(append(o.out, '"'), name...), `":`...)
}

func (o *object) text(name, value string) {
	o.name(name)
	o.out = appendText(o.out, value)
}

func (o *object) textIfAny(name, value string) {
	if value != "" {
		o.text(name, value)
	}
}

func (o *object) number(name string, value int64) {
	o.name(name)
	o.out = strconv.AppendInt(o.out, value, 10)
}

func (o *object) violations(list []Violation) {
	if len(list) == 0 {
		return
	}
	o.name("errors")
	o.out = append(o.out, '[')
	for i := range list {
		o.comma('[')
		o.out = list[i].appendTo(o.out)
	}
	o.out = append(o.out, ']')
}

func (o *object) hints(list []string) {
	if len(list) == 0 {
		return
	}
	o.name("hints")
	o.out = append(o.out, '[')
	for _, hint := range list {
		o.comma('[')
		o.out = appendText(o.out, hint)
	}
	o.out = append(o.out, ']')
}

// appendText writes a string of JSON.
func appendText(b []byte, s string) []byte {
	if !IsPlainInJSON(s) {
		return append(b, Marshal(s)...)
	}
	return append(append(append(b, '"'), s...), '"')
}

// IsPlainInJSON is true for printable ASCII that needs no escape in a JSON string, as most texts do not.
func IsPlainInJSON(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
