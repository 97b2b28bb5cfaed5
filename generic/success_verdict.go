package generic

// weights are what clues weigh. Each is what it adds by itself: the words of an error beside a plain number tip the
// scales, and so does a plain word of failure beside any sentence that finds fault.
var weights = [numClues]int{
	flagFalse: 5, flagOutcome: 4, flagError: 5,
	failResult: 4, failStatus: 3, failWeakly: 1, failTold: 2, failOther: 2, failType: 0, failZero: 2, failSaid: 2,
	codeOfHTTP: 3, codeInHead: 8, codeNegative: 4, codeShort: 1, codeTold: 2, codeLong: 3, codeOfAnswer: 3, codeKnown: 4, codeOther: 3,
	errorCount: 3, errorCode: 4, errorKnown: 5, errorWords: 4, errorFull: 5, errorFault: 4, errorPart: 4, errorList: 1, errorItems: 3, errorFields: 2, errorRoot: 5,
	inHead: 2,

	saysAway: 4, saysAsks: 4, saysKnown: 3, saysState: 2, saysFault: 2, saysReason: 2, saysWell: -4, saysNone: -4,

	absent: 1, noErrors: -1, settles: -5, otherWord: -4, owned: -5, dated: -2, typed: -1, extra: -1, extras: -1,
	payloadList: -5, payloadObject: -4, checked: -6, keyed: -9, belowData: -5, belowThing: -5, belowRoot: -3, belowFar: -2, listed: -2, listedIn: -1, listedData: -2,
	described: -3, mute: -3,
}

// enough is what the clues of an error weigh at least.
const enough = 5

// families are marks that say the same: of each family the plainest counts.
var families = [][]clue{
	{flagFalse, flagError, flagOutcome},
	{failResult, failStatus, failWeakly, failTold, failZero, failOther, failType, failSaid},
	{codeOfHTTP, codeInHead, codeNegative, codeShort, codeTold, codeLong, codeOfAnswer, codeKnown, codeOther},
	{errorCount, errorCode, errorKnown, errorTokens, errorWords, errorFull, errorFault, errorPart, errorList, errorItems, errorFields, errorRoot},
	{inHead},
}

// tellError weighs the clues.
func (c *clues) tellError() bool { return c.weight() >= enough }

func (c *clues) weight() int { return c.ofMarks() + c.ofWords() + c.ofRest() }

// ofMarks is the weight of the plainest mark, and some more where others agree.
func (c *clues) ofMarks() int {
	first, second := 0, 0
	for _, family := range families {
		if w := c.heaviest(family); w > first {
			first, second = w, first
		} else {
			second = max(second, w)
		}
	}
	switch {
	case second >= 4:
		first += 2
	case second >= 2, c[errorMap] && first > 0, c[errorList] && first > 1:
		first++
	}
	switch {
	case c[errorMap] && c[saysAway]:
		return max(first, 3)
	case c[inStatus] && c[saysAway]:
		return max(first, 2)
	}
	return first
}

// ofWords is the weight of what the plainest words say. A code that is known stands for words.
func (c *clues) ofWords() int {
	sum := c.heaviest([]clue{saysAway, saysAsks, saysKnown, saysState, saysFault, saysReason})
	if c.has(codeKnown, errorKnown, codeOther) {
		sum = max(sum, 2)
	}
	if c[saysWell] {
		sum += weights[saysWell]
	}
	switch {
	case !c[saysNone]:
	case c.failsPlainly(), c[failTold]:
		sum = max(sum, weights[saysKnown])
	default:
		sum += weights[saysNone]
	}
	return sum
}

// failsPlainly is true where the answer says in a word or by a status of HTTP that it failed.
func (c *clues) failsPlainly() bool {
	return c.has(flagFalse, flagOutcome, flagError, failResult, failStatus, codeOfHTTP, codeInHead)
}

// ofRest is the weight of whatever else the answer has, which is more in a thing than in an error.
func (c *clues) ofRest() (sum int) {
	for _, k := range []clue{absent, noErrors, otherWord, dated, typed, extra, extras, payloadList, checked, keyed, belowData, belowRoot, belowFar, listed, listedIn, listedData} {
		if c[k] {
			sum += weights[k]
		}
	}
	switch {
	case !c[owned]:
	case c.has(flagFalse, flagError, failResult) && c.has(saysAway, saysAsks, saysKnown, saysFault):
		sum -= 3 // answers that fail tell what they were asked about
	default:
		sum += weights[owned]
	}
	switch {
	case !c[settles]:
	case c.failsPlainly():
		sum--
	default:
		sum += weights[settles]
	}
	switch {
	case c[listed] && c[only] && c[saysNo]:
		sum += 2
	case c[listed] && c[saysAway] && c.heaviest(families[3]) > 0:
		sum++
	}
	if c[only] && !c[listed] && (c[saysAway] || !c.has(belowData, belowThing)) {
		sum += c.ofAlone()
	}
	return sum + c.ofPayload() + c.ofSilence()
}

// ofAlone is the weight that marks gain because nothing but words stands beside them.
func (c *clues) ofAlone() int {
	switch {
	case c.has(failResult, failStatus, codeOfHTTP):
		return 2
	case c[saysNo] && !c[described] && !c[failType], c.has(errorList, errorItems, errorFields, errorPart, errorWords, failSaid, failZero), c[codeShort] && !c[inStatus], c[errorCode] && c[mute]:
		return 1
	}
	return 0
}

// ofPayload is the weight of a thing, which a plain failure or words about the caller make lighter.
func (c *clues) ofPayload() (sum int) {
	plain := c.has(flagFalse, flagError, codeInHead)
	switch {
	case !c[payloadObject]:
	case plain || c[saysAway]:
		sum += weights[payloadObject] / 2
	default:
		sum += weights[payloadObject]
	}
	if c[belowData] && c[flagFalse] {
		sum++
	}
	if c[belowRoot] && c.has(failResult, failOther, flagFalse) {
		sum += 2
	}
	switch {
	case !c[belowThing]:
	case c.has(failResult, failOther, flagFalse):
		sum += weights[belowThing] + 3
	case c[saysAway]:
		sum += weights[belowThing] + 2
	default:
		sum += weights[belowThing]
	}
	return sum
}

// ofSilence is the weight of what the words lack: there are none, or they may as well describe a thing.
func (c *clues) ofSilence() (sum int) {
	if c[mute] && !c.has(errorPart, errorCode, errorFull, errorKnown, codeKnown, codeOther) {
		sum += weights[mute]
	}
	plain := c.has(flagFalse, flagError, flagOutcome, failResult, failStatus, failZero, failOther, failSaid, codeOfAnswer, codeOther, codeNegative, inHead)
	if c[described] && !plain && !c[absent] && c.heaviest(families[3]) == 0 {
		sum += weights[described]
	}
	if c[settlesHTTP] && !plain {
		sum -= 3
	}
	return sum
}
