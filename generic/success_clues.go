package generic

// clue is one thing in an answer that speaks for its being an error, or against it.
type clue uint8

const (
	// Marks: how the answer says that the call failed.
	flagFalse    clue = iota // {"success": false}
	flagOutcome              // {"status": false}
	flagError                // {"error": true}
	failResult               // {"result": "error"}
	failStatus               // {"status": "error"}, which things have as well
	failWeakly               // {"status": "failed"}
	failTold                 // {"result": "failed"}
	failOther                // {"decision": "ERROR"}
	failType                 // {"type": "error"}
	failZero                 // {"status": 0}
	failSaid                 // {"status": "Wrong user name"}
	codeOfHTTP               // {"status": 404}
	codeInHead               // {"meta": {"status": 404}}
	codeNegative             // {"code": -1}
	codeShort                // {"status": 7}
	codeTold                 // {"code": "4711"}
	codeLong                 // {"code": 10003}
	codeOfAnswer             // {"resultCode": 7}
	codeKnown                // {"code": "NO_AUTH"}
	codeOther                // {"request": "ERROR_WRONG_KEY"}
	errorCount               // {"error": 2}
	errorCode                // {"errorCode": 7}
	errorKnown               // {"error": "NO_AUTH"}
	errorTokens              // {"errors": ["timeout-or-duplicate"]}
	errorWords               // {"errorMessage": "…"}
	errorFull                // {"error": {"code": …, "message": "…"}}
	errorFault               // {"fault": {…}}
	errorPart                // {"error": {"message": "…"}}
	errorList                // {"errors": ["…"]}
	errorItems               // {"errors": [{"message": "…"}]}
	errorFields              // {"errors": {"email": ["…"]}}
	errorMap                 // {"errors": {"email": "…"}}
	errorRoot                // <error>
	inHead                   // {"meta": {"message": "…"}}
	inStatus                 // {"status": {"message": "…"}}

	// What the words beside it say.
	saysAway   // that the caller is turned away
	saysAsks   // that something is wrong with the request
	saysKnown  // something else whose meaning is known
	saysState  // a state that things have as well
	saysFault  // that something is wrong
	saysReason // the name of a status alone
	saysWell   // that all is well
	saysNone   // that a search came to nothing
	saysNo     // in so many words, that who asks is turned away

	// What else there is.
	absent        // {"data": null}
	noErrors      // {"errors": []}
	settles       // {"code": 0}
	settlesHTTP   // {"status": 200}
	otherWord     // {"status": "pending"}
	owned         // {"id": 7}
	dated         // {"created": "2024-01-01"}
	typed         // {"type": "page"}
	extra         // further members
	extras        // several of them
	payloadList   // {"items": [{…}]}
	payloadObject // {"order": {…}}
	checked       // {"valid": false}
	keyed         // {"error.notFound": "…"}
	belowData     // {"data": {"error": …}}
	belowThing    // {"device": {"error": …}}
	belowRoot     // <device><error>
	belowFar      // {"device": {"result": {"error": …}}}
	listed        // [{"error": …}]
	listedIn      // {"results": [{"error": …}]}
	listedData    // {"data": [{"error": …}]}
	described     // words under no name that messages have
	mute          // no words at all
	only          // nothing beside the marks and the words
	numClues
)

// clues are those that an answer has.
type clues [numClues]bool

func (c *clues) has(any ...clue) bool {
	for _, k := range any {
		if c[k] {
			return true
		}
	}
	return false
}

// heaviest is the weight of the one that weighs most.
func (c *clues) heaviest(of []clue) (most int) {
	for _, k := range of {
		if c[k] {
			most = max(most, weights[k])
		}
	}
	return most
}
