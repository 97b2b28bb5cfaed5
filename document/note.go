package document

// Note says what was unusual about an error body, for the log line and the metric. The zero value: nothing.
type Note string

// What can be unusual about a body.
const (
	Cut         Note = "cut"         // over a limit, or the connection broke: what came was used
	Stalled     Note = "stalled"     // it did not end in time: what came was used
	Undecodable Note = "undecodable" // its coding could not be undone
	Unparsable  Note = "unparsable"  // it is not what its media type says, nor anything else known
)
