package admin

import (
	"encoding/json"
	"errors"
	"strings"

	"gateway/problem"
	"gateway/proxy"
)

// packedOverheadBytes is what an occurrence takes beside its packed text.
const packedOverheadBytes = 400

// packed is an occurrence's exchange as one text: its ids, a record in JSON, and the body of the answer as it came. Go's
// heap hands out pages of objects of one size, and one object that is kept for hours keeps the whole page: the dozens of
// pieces of an exchange, made in the middle of a fault, cost a multiple of their own size.
type packed struct {
	text        string
	record, end int // where it begins and ends
}

// record is an exchange, with what JSON leaves out by itself.
type record struct {
	proxy.Exchange
	Error      string
	Extensions []extension
}

// extension is a problem.Extension whose value is written already.
type extension struct {
	Name  string
	Value json.RawMessage
}

// pack lets go of all pieces of the exchange, if it can be written: an extension might be unfit for JSON.
func (o *occurrence) pack() {
	head, body, err := written(*o.Exchange)
	if err != nil {
		return
	}
	var text strings.Builder
	text.Grow(len(o.instance) + len(o.request) + len(o.vendors) + len(head) + len(body))
	for _, id := range []*string{&o.instance, &o.request, &o.vendors} {
		text.WriteString(*id)
		*id = text.String()[text.Len()-len(*id):]
	}
	o.packed.record, o.packed.end = text.Len(), text.Len()+len(head)
	text.Write(head)
	text.Write(body)
	o.Exchange, o.packed.text, o.changes = nil, text.String(), nil
	o.bytes = packedOverheadBytes + int64(text.Len())
	if o.batch != nil {
		o.bytes += o.batch.share
	}
}

// written is x as JSON, without the body of its answer.
func written(x proxy.Exchange) (head, body []byte, err error) {
	r := record{Exchange: x, Extensions: make([]extension, len(x.Problem.Extensions))}
	for i, e := range x.Problem.Extensions {
		value, err := json.Marshal(e.Value)
		if err != nil {
			return nil, nil, err
		}
		r.Extensions[i] = extension{e.Name, value}
	}
	if x.Err != nil {
		r.Err, r.Error = nil, x.Err.Error()
	}
	if x.Answer != nil {
		bodiless := *x.Answer
		body, bodiless.Body = x.Answer.Body, nil
		r.Answer = &bodiless
	}
	head, err = json.Marshal(r)
	return head, body, err
}

// open returns a copy of o with its exchange.
func (o *occurrence) open() *occurrence {
	out := *o
	if o.Exchange == nil {
		out.Exchange = o.packed.exchange()
	}
	return &out
}

// exchange is what was packed. Its Err has the text of the first one.
func (p packed) exchange() *proxy.Exchange {
	r := record{Exchange: proxy.Exchange{Problem: &problem.Problem{}}}
	_ = json.Unmarshal([]byte(p.text[p.record:p.end]), &r) // pack wrote it
	for _, e := range r.Extensions {
		r.Problem.Extensions = append(r.Problem.Extensions, problem.Extension{Name: e.Name, Value: e.Value})
	}
	if r.Error != "" {
		r.Err = errors.New(r.Error)
	}
	if body := p.text[p.end:]; r.Answer != nil && body != "" {
		r.Answer.Body = []byte(body)
	}
	return &r.Exchange
}
