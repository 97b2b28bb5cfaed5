package normalize

import "gateway/document"

// signs tell an answer that is an error from one that tells of things, which may well have failed.
type signs struct {
	refuses  bool // it says that it is none: {"success": false}, {"status": "error"}, {"code": -1}
	flag     bool // it refuses by a flag
	settles  bool // it says that all is well: {"code": 0}
	named    bool // a code under an error's name
	coded    bool // an error's code under an error's name, or one whose meaning is known
	failed   bool // a status of HTTP that is an error's
	number   bool // a number for a code that is none of a success
	firm     bool // and nothing else than an answer's code, by its name or as it is a number
	weak     bool // it says that something failed: the call, or a thing
	faults   bool // the words find fault, whatever they mean
	full     bool // below an error's name stand a code and words
	listed   bool // below an error's name stand sentences that find fault
	tells    bool // and the name is one of words
	fault    bool // words under an error's name
	words    bool // a message
	empty    bool // where data would be there is none
	none     bool // a list that data would be in is empty
	known    bool // what the words mean is known
	asks     bool // they ask for something that the request lacks
	alone    bool // nothing stands beside it
	away     bool // they turn the caller away
	owned    bool // it has an id or a name of its own
	says     bool // a sentence that finds fault stands for how the call went
	told     bool // a number for how the call went, whatever it means
	stateful bool // what failed is told as a status, as things have one
	typed    bool // it has a class, as errors and things do
	thing    bool // there is more than an error and what envelopes have
}

// areOfError weighs the signs. Whatever has more in it than an error is a thing.
func (s signs) areOfError() bool {
	switch {
	case s.thing, s.typed && !s.coded, s.settles && !s.refuses:
		return s.away && (s.flag || s.fault && s.none || s.refuses && s.coded && !s.owned)
	case s.refuses:
		return s.fault || s.words || s.coded
	case s.coded:
		return s.fault || s.alone || s.number || s.words && s.known
	case s.number:
		return s.fault || s.away
	case s.weak:
		return s.away || s.fault && !s.stateful
	}
	return s.full || s.fault && s.away
}

// areOfAnswer is areOfError for what a whole answer is, in which a number and a sentence say enough.
func (s signs) areOfAnswer() bool {
	if s.areOfError() || s.thing || s.typed || s.settles {
		return s.areOfError()
	}
	return s.number && s.known && (s.empty || s.faults) || s.failed && s.coded || s.says || s.tells && s.known && s.faults || (s.flag || s.firm) && s.faults || s.weak && s.asks || s.listed && !s.none || s.told && s.away && s.faults
}

// areExplicit is true where an error's own names tell it, whatever it stands below.
func (s signs) areExplicit() bool {
	return s.areOfError() && (s.full || s.named && s.words || s.fault && (s.coded || s.number || s.weak || s.refuses || s.away))
}

// signsOf looks for signs among the members of an object.
func signsOf(n *document.Node) (s signs) {
	s.empty = true
	for _, m := range n.Members {
		s.add(m)
	}
	s.alone = len(n.Members) == 1
	return s
}
