package admin

import (
	"encoding/json"
	"errors"
	"slices"

	"gateway/problem"
	"gateway/proxy"
)

// packed is an occurrence's exchange as one block of memory: a record in JSON, and behind it the body of the answer as it
// came. Go's heap hands out pages of objects of one size, and one object that is kept for hours keeps the whole page: the
// dozens of pieces of an exchange, made in the middle of a fault, cost a multiple of their own size.
type packed struct {
	block []byte
	json  int // its length
}

// record is what JSON leaves out of an exchange by itself.
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

// packedOf returns x in one block. It fails only where an extension is not fit for JSON.
func packedOf(x proxy.Exchange) (packed, error) {
	r := record{Exchange: x, Extensions: make([]extension, len(x.Problem.Extensions))}
	for i, e := range x.Problem.Extensions {
		value, err := json.Marshal(e.Value)
		if err != nil {
			return packed{}, err
		}
		r.Extensions[i] = extension{e.Name, value}
	}
	if x.Err != nil {
		r.Err, r.Error = nil, x.Err.Error()
	}
	var body []byte
	if x.Answer != nil {
		headOnly := *x.Answer
		body, headOnly.Body = x.Answer.Body, nil
		r.Answer = &headOnly
	}
	head, err := json.Marshal(r)
	block := make([]byte, 0, len(head)+len(body))
	return packed{append(append(block, head...), body...), len(head)}, err
}

// exchange is what was packed. Its Err has the text of the first one.
func (p packed) exchange() *proxy.Exchange {
	r := record{Exchange: proxy.Exchange{Problem: &problem.Problem{}}}
	_ = json.Unmarshal(p.block[:p.json], &r) // packedOf wrote it
	for _, e := range r.Extensions {
		r.Problem.Extensions = append(r.Problem.Extensions, problem.Extension{Name: e.Name, Value: e.Value})
	}
	if r.Error != "" {
		r.Err = errors.New(r.Error)
	}
	if body := p.block[p.json:]; r.Answer != nil && len(body) > 0 {
		r.Answer.Body = body
	}
	return &r.Exchange
}

// packedOverheadBytes is what an occurrence takes beside its block and its ids.
const packedOverheadBytes = 700

// pack lets go of all pieces of the exchange, if it can.
func (o *occurrence) pack() {
	p, err := packedOf(*o.Exchange)
	if err != nil {
		return
	}
	o.Exchange, o.packed, o.changes = nil, p, nil
	o.bytes = packedOverheadBytes + int64(len(p.block))
	if o.batch != nil {
		o.bytes += o.batch.share
	}
}

// opened returns copies of what is kept, the newest first, each with its exchange.
func opened(kept []*occurrence) []*occurrence {
	out := make([]*occurrence, 0, len(kept))
	for _, o := range slices.Backward(kept) {
		whole := *o
		if o.Exchange == nil {
			whole.Exchange = o.packed.exchange()
		}
		out = append(out, &whole)
	}
	return out
}
