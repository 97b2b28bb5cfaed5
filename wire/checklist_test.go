package wire_test

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// checklist is the tests of http.Transport in Go's own transport_test.go: which test here looks at the same, or behind a
// dash why none does.
var checklist = map[string]string{
	"AltProtoCancellation":                                                "- other protocols",
	"CancelRequestWhenSharingConnection":                                  "BrokenOffExchangesLeaveNoConnectionToOthers",
	"ChunkedNoContent":                                                    "AnswersAreTakenAsByNetHTTP",
	"ClientTimeoutKillsConn_AfterHeaders":                                 "ContextsEndExchanges",
	"ClientTimeoutKillsConn_BeforeHeaders":                                "ContextsEndExchanges",
	"ConnClosedBeforeRequestIsWritten":                                    "ClosedConnectionsAreFoundBeforeAnythingIsSent",
	"DontCacheBrokenHTTP2Conn":                                            "- HTTP/2 is http.Transport's",
	"ErrorWriteLoopRace":                                                  "ContextsEndExchanges",
	"HandlerAbortRacesBodyRead":                                           "AnAnswerMayComeBeforeTheRequestIsSent",
	"IdleConnChannelLeak":                                                 "IdleConnections",
	"IdleConnH2Crash":                                                     "- HTTP/2 is http.Transport's",
	"InvalidHeaderResponse":                                               "AnswersAreTakenAsByNetHTTP",
	"Is408":                                                               "- a 408 is as anything that nobody asked for",
	"Issue32441":                                                          "BrokenBodiesEndTheRequest",
	"Issue3595":                                                           "AnAnswerBeatsAWriteError",
	"Issue3644":                                                           "AnswersAreTakenAsByNetHTTP",
	"Issue4191_InfiniteGetTimeout":                                        "ContextsEndExchanges",
	"Issue4191_InfiniteGetToPutTimeout":                                   "ContextsEndExchanges",
	"Issue61474":                                                          "- HTTP/2 is http.Transport's",
	"MissingStatusNoPanic":                                                "AnswersAreTakenAsByNetHTTP",
	"NoBodyOnChunked304Response":                                          "AnswersAreTakenAsByNetHTTP",
	"NoCrashReturningTransportAltConn":                                    "- HTTP/2 is http.Transport's",
	"OnProxyConnectResponse":                                              "- the proxy package makes tunnels",
	"ProxyAuthHeader":                                                     "- the proxy package makes tunnels",
	"ProxyFromEnvironment":                                                "- the environment is not asked",
	"ProxyFromEnvironmentLowerCase":                                       "- the environment is not asked",
	"ProxyWithInfiniteHeader":                                             "- the proxy package makes tunnels",
	"RequestSanitization":                                                 "BadRequestsAreNotSent",
	"RetryRequestsOnError":                                                "OnlySafeRequestsAreSentAgain",
	"ReuseRequest":                                                        "ConnectionsAreUsedAgain",
	"RoundTripGzip":                                                       "- nothing is unpacked",
	"RoundTripReturnsProxyError":                                          "- the proxy package makes tunnels",
	"SOCKS5Proxy":                                                         "- no SOCKS",
	"StressSurpriseServerCloses":                                          "ClosedConnectionsAreFoundBeforeAnythingIsSent",
	"TLSHandshakeTrace":                                                   "- hooks that nobody here uses",
	"TLSServerClosesConnection":                                           "AnswersAreTakenAsByNetHTTP",
	"TransportAltProto":                                                   "- other protocols",
	"TransportAutomaticHTTP2":                                             "HTTP2IsLeftToNetHTTP",
	"TransportAutomaticHTTP2_DefaultTransport":                            "- HTTP/2 is http.Transport's",
	"TransportAutomaticHTTP2_Dial":                                        "- HTTP/2 is http.Transport's",
	"TransportAutomaticHTTP2_DialContext":                                 "- HTTP/2 is http.Transport's",
	"TransportAutomaticHTTP2_DialTLS":                                     "HTTP2IsLeftToNetHTTP",
	"TransportAutomaticHTTP2_ExpectContinueTimeout":                       "- HTTP/2 is http.Transport's",
	"TransportAutomaticHTTP2_TLSConfig":                                   "- HTTP/2 is http.Transport's",
	"TransportAutomaticHTTP2_TLSNextProto":                                "- HTTP/2 is http.Transport's",
	"TransportCONNECTBidi":                                                "- CONNECT is http.Transport's",
	"TransportCancelRequest":                                              "ContextsEndExchanges",
	"TransportCancelRequestBeforeDo":                                      "NothingIsSentForAContextThatIsOver",
	"TransportCancelRequestBeforeResponseHeaders":                         "ContextsEndExchanges",
	"TransportCancelRequestInDial":                                        "ContextsEndDialing",
	"TransportCancelRequestInDo":                                          "ContextsEndExchanges",
	"TransportCancelRequestWithBody":                                      "ContextsEndExchanges",
	"TransportCancelRequestWithBodyInDo":                                  "ContextsEndExchanges",
	"TransportCheckContextDoneEarly":                                      "NothingIsSentForAContextThatIsOver",
	"TransportClone":                                                      "- there is no Clone",
	"TransportCloseIdleConnsThenReturn":                                   "ConnectionsInUseOutliveClosing",
	"TransportCloseResponseBody":                                          "ABodyThatIsClosedEarlyEndsItsConnection",
	"TransportClosesBodyOnError":                                          "BrokenBodiesEndTheRequest",
	"TransportClosesBodyOnInvalidRequests":                                "BadRequestsAreNotSent",
	"TransportClosesRequestBody":                                          "ExpectContinue",
	"TransportConcurrency":                                                "ManyAtOnce",
	"TransportConnectionCloseOnRequest":                                   "RequestsAreWrittenAsByNetHTTP",
	"TransportConnectionCloseOnRequestDisableKeepAlive":                   "- keep-alive is not switched off",
	"TransportConnectionCloseOnResponse":                                  "ConnectionsAreUsedAgain",
	"TransportContentEncodingCaseInsensitive":                             "- nothing is unpacked",
	"TransportDecrementConnWhenIdleConnRemoved":                           "- the number of connections has no bound",
	"TransportDialContext":                                                "Addresses",
	"TransportDialPreservesNetOpProxyError":                               "- the proxy package makes tunnels",
	"TransportDialTLS":                                                    "TLS",
	"TransportDialTLSContext":                                             "TLS",
	"TransportDoesNotLimitDelivered1xxResponses":                          "ManyHintsAreNoHugeHeader",
	"TransportEmptyMethod":                                                "RequestsAreWrittenAsByNetHTTP",
	"TransportEventTrace":                                                 "TracesAreToldOfConnections",
	"TransportEventTraceRealDNS":                                          "- hooks that nobody here uses",
	"TransportEventTraceTLSVerify":                                        "- hooks that nobody here uses",
	"TransportEventTrace_NoHooks":                                         "RequestsAreWrittenAsByNetHTTP",
	"TransportExpect100ContinueSent":                                      "ExpectContinue",
	"TransportExpect100Continue200ResponseNoConnClose":                    "ExpectContinue",
	"TransportExpect100Continue200ResponseWithConnClose":                  "ExpectContinue",
	"TransportExpect100Continue500ResponseNoConnClose":                    "ExpectContinue",
	"TransportExpect100Continue500ResponseTimeout":                        "ExpectContinue",
	"TransportFlushesBodyChunks":                                          "BodiesOfAnswersAreReadWhileTheRequestIsSent",
	"TransportFlushesRequestHeader":                                       "BodiesOfAnswersAreReadWhileTheRequestIsSent",
	"TransportGzip":                                                       "- nothing is unpacked",
	"TransportGzipRecursive":                                              "- nothing is unpacked",
	"TransportGzipShort":                                                  "- nothing is unpacked",
	"TransportHeadChunkedResponse":                                        "AnswersAreTakenAsByNetHTTP",
	"TransportHeadResponses":                                              "ConnectionsAreUsedAgain",
	"TransportIDNA":                                                       "Addresses",
	"TransportIdleCacheKeys":                                              "IdleConnections",
	"TransportIdleConnCrash":                                              "ConnectionsInUseOutliveClosing",
	"TransportIdleConnRacesRequest":                                       "- whoever dials uses what it made",
	"TransportIdleConnTimeout":                                            "IdleConnections",
	"TransportIgnore1xxResponses":                                         "ConnectionsAreUsedAgain",
	"TransportIgnores408":                                                 "WhatNobodyAskedForIsNoAnswer",
	"TransportIssue10457":                                                 "WhatNobodyAskedForIsNoAnswer",
	"TransportKeepAlives":                                                 "ConnectionsAreUsedAgain",
	"TransportLimits1xxResponses":                                         "HugeHeadersAreRefused",
	"TransportMaxConnsPerHost":                                            "- the number of connections has no bound",
	"TransportMaxConnsPerHostDialCancellation":                            "- the number of connections has no bound",
	"TransportMaxConnsPerHostIncludeDialInProgress":                       "- the number of connections has no bound",
	"TransportMaxIdleConns":                                               "IdleConnections",
	"TransportMaxPerHostIdleConns":                                        "IdleConnections",
	"TransportNoHost":                                                     "OtherOriginsAreLeftToNetHTTP",
	"TransportNoReuseAfterEarlyResponse":                                  "AnAnswerMayComeBeforeTheRequestIsSent",
	"TransportPersistConnContextLeakMaxConnsPerHost":                      "- the number of connections has no bound",
	"TransportPersistConnLeak":                                            "ConnectionsAreUsedAgain",
	"TransportPersistConnLeakNeverIdle":                                   "AnAnswerMayComeBeforeTheRequestIsSent",
	"TransportPersistConnLeakShortBody":                                   "BrokenBodiesEndTheRequest",
	"TransportPrefersResponseOverWriteError":                              "AnAnswerBeatsAWriteError",
	"TransportProxy":                                                      "OtherOriginsAreLeftToNetHTTP",
	"TransportProxyConnectHeader":                                         "- the proxy package makes tunnels",
	"TransportProxyDialDoesNotMutateProxyConnectHeader":                   "- the proxy package makes tunnels",
	"TransportProxyGetConnectHeader":                                      "- the proxy package makes tunnels",
	"TransportProxyHTTPSConnectLeak":                                      "- the proxy package makes tunnels",
	"TransportRangeAndGzip":                                               "- nothing is unpacked",
	"TransportReadToEndReusesConn":                                        "ConnectionsAreUsedAgain",
	"TransportReading100Continue":                                         "ExpectContinue",
	"TransportRejectsAlphaPort":                                           "- the configuration does",
	"TransportRejectsSignInContentLength":                                 "AnswersAreTakenAsByNetHTTP",
	"TransportRemovesConnsAfterBroken":                                    "ClosedConnectionsAreFoundBeforeAnythingIsSent",
	"TransportRemovesConnsAfterIdle":                                      "IdleConnections",
	"TransportRemovesDeadIdleConnections":                                 "ClosedConnectionsAreFoundBeforeAnythingIsSent",
	"TransportReqCancelerCleanupOnRequestBodyWriteError":                  "BrokenBodiesEndTheRequest",
	"TransportRequestReplayable":                                          "OnlySafeRequestsAreSentAgain",
	"TransportRequestWriteRoundTrip":                                      "RequestsAreWrittenAsByNetHTTP",
	"TransportRespectRequestWantsClose":                                   "RequestsAreWrittenAsByNetHTTP",
	"TransportResponseBodyWritableOnProtocolSwitch":                       "Upgrade",
	"TransportResponseCancelRace":                                         "BrokenOffExchangesLeaveNoConnectionToOthers",
	"TransportResponseHeaderLength":                                       "HugeHeadersAreRefused",
	"TransportResponseHeaderTimeout":                                      "TheHeaderHasADeadline",
	"TransportReturnsPeekError":                                           "FreshConnectionsThatBreakAreNoReasonToRepeat",
	"TransportReuseConnEmptyResponseBody":                                 "ConnectionsAreUsedAgain",
	"TransportReuseConnection_Gzip_Chunked":                               "- nothing is unpacked",
	"TransportReuseConnection_Gzip_ContentLength":                         "- nothing is unpacked",
	"TransportServerClosingUnexpectedly":                                  "ClosedConnectionsAreFoundBeforeAnythingIsSent",
	"TransportServerProtocols":                                            "HTTP2IsLeftToNetHTTP",
	"TransportSocketLateBinding":                                          "- whoever dials uses what it made",
	"TransportTLSHandshakeTimeout":                                        "ContextsEndDialing",
	"TransportTraceGotConnH2IdleConns":                                    "- HTTP/2 is http.Transport's",
	"TransportTreat101Terminal":                                           "AnswersAreTakenAsByNetHTTP",
	"ValidateClientRequestTrailers":                                       "BadRequestsAreNotSent",
	"TransportAutomaticHTTP2_DialerAndTLSConfigSupportsHTTP2AndTLSConfig": "- HTTP/2 is http.Transport's",
}

// TestChecklistIsWhole compares it with the tests of the Go that runs this, and with the tests here.
func TestChecklistIsWhole(t *testing.T) {
	source := filepath.Join(runtime.GOROOT(), "src", "net", "http", "transport_test.go") //nolint:staticcheck // where the tests of Go are
	theirs, err := os.ReadFile(source)
	if err != nil {
		t.Skip("this Go has no sources: ", err)
	}
	for _, name := range testsIn(string(theirs)) {
		if _, known := checklist[name]; !known {
			t.Errorf("Go tests %s, and nobody has said where that is tested here, or why not", name)
		}
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var ours strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ours.Write(text)
	}
	here := map[string]bool{}
	for _, name := range testsIn(ours.String()) {
		here[name] = true
	}
	for theirs, name := range checklist {
		if !strings.HasPrefix(name, "- ") && !here[name] {
			t.Errorf("%s should be tested by %s, which is not there", theirs, name)
		}
	}
}

var testFunc = regexp.MustCompile(`(?m)^func Test(\w+)\(`)

func testsIn(source string) (names []string) {
	for _, found := range testFunc.FindAllStringSubmatch(source, -1) {
		if found[1] != "Main" {
			names = append(names, found[1])
		}
	}
	return names
}
