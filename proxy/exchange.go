package proxy

import (
	"time"

	"gateway/document"
	"gateway/normalize"
	"gateway/problem"
	"gateway/ratelimit"
)

// Exchange is the record of one request of a caller, complete when it has ended. It is passed by value to each Observer. It
// holds none of the gateway's secrets, except perhaps in the body of Answer.
type Exchange struct {
	Start      time.Time
	RequestID  string
	InstanceID string // UUID of the problem, if there is one
	Consumer   string // one of the configured consumers, or "_other"
	Upstream   string // "" where no route was found
	Method     string
	Host       string
	Path       string // without the query
	Code       int    // sent to the caller; 499 if it left before
	BytesIn    int64  // of the request body that was read
	BytesOut   int64  // of the body sent to the caller
	Duration   time.Duration
	// UpstreamDuration is the time spent waiting for the upstream's headers, all attempts together.
	UpstreamDuration time.Duration
	ThrottleWait     time.Duration        // how long it was held, all attempts together
	Throttled        []ratelimit.Decision // of each attempt, and of one that was refused
	Attempts         []Attempt
	Problem          *problem.Problem // nil for a success
	Rule             string           // that mapped it; "" if none
	AskedWait        time.Duration    // what the vendor asked to wait, where retry_after is cut to less; else 0
	Untouched        bool             // the vendor's error could not be read and passed as it came
	Body             document.Note    // what happened on reading the vendor's error body
	// Answer is the vendor's own behind Problem; nil for a success or if none came. Its body is as it came: who shows it
	// takes secrets out.
	Answer *document.Answer
	Batch  *Batch  // what the items of a batch answer told; nil for any other answer
	Shadow *Shadow // the readers to compare over Answer or Passed; nil: none
	// Passed is a success that the shadow profile looks into and the upstream's own found no error in; nil for most.
	Passed *document.Answer
	Target string // what the upstream is asked for, without the query; "" unless the trace is sampled
	Trace  Trace
	Err    error // behind a problem of origin gateway, or of an answer that was cut; for the log
}

// Shadow is the pair of readers of an upstream: the one in use, and the one that may replace it.
type Shadow struct {
	Live, Tried *normalize.Reader
	Successes   string // errors_in_success, for both
}

// Attempt is one try at the upstream. What net/http sends again by itself, because a connection that it kept turned out
// to be closed, is the same attempt.
type Attempt struct {
	Start    time.Time
	Duration time.Duration // until its headers came, or it failed
	Code     int           // as the vendor sent it; 0 where no answer came
	Span     [8]byte       // its id in the trace; zero where no traces are written
	Retry    string        // why another attempt followed: the problem's type; "" for the last
	// Aborted is true where the caller broke it off, by leaving or by a broken body, or where others had used up most of
	// timeouts.total: it says nothing of the vendor.
	Aborted bool
}

// Observer is called with every exchange once, when it has ended. It must not block, and must not change what pointers lead
// to.
type Observer func(Exchange)
