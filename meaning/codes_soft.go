package meaning

import "gateway/problem"

// softCodes are words that vendors use for many things.
var softCodes = []codeWording{
	{as: problem.Gone, says: []string{
		`expired$`,
		`gone$`,
		`deleted$`,
	}},
	{as: problem.RateLimited, says: []string{
		`resource exhausted`,
		`limit (?:exceeded|reached)`,
	}},
	{as: problem.Conflict, says: []string{
		`conflict`,
		`busy`,
	}},
	{as: problem.Unauthenticated, says: []string{
		`unauthori[sz]ed`,
		`not authori[sz]ed`,
		`oauth`,
		`authori[sz]ation`,
		`^authentication$`,
	}},
	{as: problem.NotFound, says: []string{
		`missing (?:exception|error)`,
	}},
	{as: problem.InvalidRequest, says: []string{
		`(?:invalid|incorrect|bad|illegal|wrong|unknown|missing|unexpected|unrecognized|unsupported) (?:\w+ )?(?:requests?|arguments?|args?|params?|parameters?|query|queries|input|url|uri|path|header|version|operation|action|filter|sort|cursor|page|id|ids|type|format|json|option|arg name|usage|structure|document)(?: error| exception| value)?$`,
		`(?:request|argument|query|parameter|input|params?) (?:error|invalid|missing|malformed|required)`,
		`bad request`,
		`(?:value|property|attribute|argument) (?:\w+ )?(?:missing|required)`,
		`no (?:text|arg|content|query|input)`,
	}},
	{as: problem.ValidationFailed, says: []string{
		`validation`,
		`unprocessable`,
		`(?:record|entity|field|value|property|attribute|data|object|resource|model|form) (?:\w+ )?(?:invalid|missing|required|too long|too short)`,
		`^(?:invalid|incorrect|wrong)(?: \w+)*$`,
		`bad value`,
		`out of range`,
		`(?:is |not )?invalid$`,
		`constraint`,
		`blank`,
		`too (?:long|short|high|low|small|many|few)`,
		`(?:below|above|less than|greater than|exceeds?|over|under) (?:the )?(?:min|max)`,
		`(?:min|max)(?:imum)? (?:\w+ )?exceeded`,
		`business (?:rule|validation|error)`,
		`not (?:valid|accepted)`,
		`semantic`,
		`mismatch$`,
	}},
	{as: problem.ValidationFailed, says: []string{
		`required(?: field)?(?: missing)?`,
	}},
	{as: problem.UpstreamError, says: []string{
		`internal`,
		`server error`,
		`unknown error`,
		`error unknown`,
		`unexpected`,
		`fatal`,
		`backend error`,
		`service error`,
		`system error`,
		`tech(?:nical|nique)? (?:err|error|fail\w*)`,
		`^(?:err|error|erreur|erro) tech`,
		`unhandled`,
	}},
}
