package generic

import (
	"regexp"
	"strings"
)

// role is what a member of an error body is for, whatever the vendor calls it.
type role uint8

const (
	noRole       role = iota
	textRole          // words for people
	titleRole         // few words, poorer than text
	errorRole         // a token, a sentence or an object: error
	codeRole          // machine code
	kindRole          // a class of errors: the code where nothing better is there
	statusRole        // the HTTP status, or a class of errors
	fieldRole         // what of the request is wrong
	nameRole          // a field in a list of violations, a class of errors elsewhere
	whereRole         // part of the request: query, header, body
	oneRole           // holds the error, or more of it
	manyRole          // holds errors or violations
	bagRole           // may hold some among other things
	docsRole          // link to documentation
	idRole            // the vendor's id of the request
	retryRole         // how long to wait
	againRole         // whether to send it again
	extraRole         // details of an inner error: only its id counts
	argumentRole      // values for a text's placeholders
)

// meant is the role of a name and its rank among the names of one role; the lower one wins.
type meant struct {
	role role
	rank int
}

// roleNames lists, by role, the names in the order of their rank; those of one rank stand in one string.
var roleNames = map[role][]string{
	textRole: {
		"errordescription oauthproblemadvice", "message errormessage msg errmsg errormsg errorsummary faultstring messagetext returnmsg retmsg meldung nachricht fehlermeldung fehlertext mensaje mensagem messaggio bericht mensajeerror msgerro mensagemerro mesaj",
		"detail description descripcion descricao descrizione beschreibung detalle detalhe dettaglio motivo motif grund raison razon razao errordetail reason errorreason statusmessage text errortext explanation statusdetail statusdescription resultmessage responsemessage defaultmessage",
		"longmessage shortmessage submsg submessage developermessage merchantmessage displaymessage exceptionmessage",
		"usermessage internalmessage localizedmessage localizederrormessage",
		"messagedetail errorinfo diagnostics info summary cause advice hint note string",
	},
	titleRole:  {"title errortitle statustext statusreason reasonphrase httpmessage"},
	errorRole:  {"error err fehler erreur erro errore fout", "exception failure problem"},
	codeRole:   {"code cod codevalue errorcode errcode ecode errorcodes errornumber errornum errorno errno exceptionname faultcode apierrorcode serviceerrorcode internalcode messagecode messageid fehlercode codigo kod reasoncode responsereasoncode returnreasoncode codigoerror codigoerro codice codeerreur oauthproblem issue errorcd errcd errorkey errkey rule i18nkey", "ret rc rtn rtncode rescode returncode retcode replycode resultcode responsecode coderesult statuscd resultcd returncd subcode", "number", "erroridentifier"},
	kindRole:   {"errortype errorclass exceptiontype exceptionclass scimtype", "type errorslug codename errorsymbol errorlabel errorname problemtype typekey tag keyword", "category errorcategory errorgroup class kind exctype", "id"},
	statusRole: {"status stat substatus statuscode estado estatus statut responsestatus resultstatus procstatus httpstatus httpcode httpstatuscode httpstatuscodes"},
	fieldRole:  {"field fieldname campo champ feld veld", "property propertyname propertypath param parameter parametername paramname fields", "attribute attr element target loc pointer jsonpointer jsonpath source requestpointer errorpath", "inputname valuename fieldid fieldkey fieldlabel attributename attributecode attributepath propertykey paramkey elementname elementpath columnname parameterkey formfield instancepath datapath path column header variable argument membernames locator expression keys members subject"},
	nameRole:   {"name key nome nombre"},
	whereRole:  {"in location locationtype"},
	oneRole:    {"fault reply meta faultinfo errorresponse apierror response result extensions sys contextinfo intuitresponse errorobject errorelement responseheader"},
	manyRole: {"errors erros errores erreurs errori fehlerliste violations errorfields errorcauses validationerrors fieldviolations fielderrors fieldvalidationerrors resourcevalidationerrors validationresults validationresult validation validationmessages " +
		"invalidfields invalidparams invalidparameters invalidproperties invalidattributes issues messages errormessages modelstate fieldmessages descriptions suberrors errorlist errorslist errordetails faults exceptions " +
		"problems failures reasons invalidfield constraintviolations formerrors globalerrors apierrors", "details errordata causes"},
	bagRole:      {"data embedded elements items results params additionaldata context metadata responsemetadata"},
	docsRole:     {"documentationurl documentation docs docsurl docurl moreinfo infolink infourl helpurl help helplink errorlink moreinformation link links href erroruri url uri seealso reference support"},
	idRole:       {"correlationid diagnosticsid diagnosticid requestid responseid invocationid debugid fbtraceid callid ruid requestuid requestguid requestidentifier reqid erroruuid erroruid errorguid traceidentifier exceptionid incidentnumber pspreference rayid errorid errorreference refid referenceid logref logid incidentid supportid supportreferenceid trackingid guid uuid instance phrase request queryid", "traceid eventid transactionid activityid operationid"},
	retryRole:    {"retryafter retryin tryagainin waittime secondstowait backoffseconds resetin retryafterseconds retryinseconds retrydelay retryafterms retryaftermillis retryaftersec retryinsec waitseconds retryat retrytime nextretry nextretryat nextretrytime recommendedretrytime retryafterdate ratelimitnext ratelimitreset"},
	againRole:    {"retryable isretryable retriable istransient transient canretry shouldretry"},
	extraRole:    {"innererror innerexception"},
	argumentRole: {"parameters"},
}

// roles is roleNames by name.
var roles = func() map[string]meant {
	byName := map[string]meant{}
	for role, ranks := range roleNames {
		for rank, names := range ranks {
			for name := range strings.FieldsSeq(names) {
				byName[name] = meant{role, rank}
			}
		}
	}
	return byName
}()

// isForMachines is true for the keywords of JSON-LD; other names with an @ are attributes of XML that was made JSON.
func isForMachines(name string) bool {
	switch name {
	case "@type", "@id", "@context", "@value", "@language", "@graph", "@vocab", "@base", "@container":
		return true
	}
	return strings.HasPrefix(name, "@odata")
}

// inLanguage is a name of words that says in which language they are: message_en.
var inLanguage = regexp.MustCompile(`^((?i:message|msg|description|text|title|detail))_[a-z]{2}$`)
