import type { Category } from './failure.ts'

/** One way in which the field words a cause. The texts are lower case; a rule matches when any of its phrases occurs. */
export type CategoryRule = {
  category: Category
  subcategory?: string
  /** Separated by `|`. A phrase in capitals is a whole word; others may be part of a class name. */
  any: string
  /** None of these may occur beside it. */
  unless?: string
  /** With such a status the phrase is only a guess of the one who wrote it. */
  notStatus?: readonly number[]
  /** Compilers know no HTTP status, so that one beside the words means something else. */
  noStatus?: true
  /** The words are so common that they say something only beside one of these. */
  onlyStatus?: readonly number[]
  reason: string
}

const refusals = [400, 401, 402, 403, 404, 407, 409, 413, 422, 429]
const perTime = 'per min | per day | perday | perminute | (rpm) | (tpm) | _per_min | resource has been exhausted'

/** The first match wins. A category stands more than once where its plain cases must go before another's broad words. */
export const categoryRules: readonly CategoryRule[] = [
  {
    category: 'content_policy',
    any: `content_policy | content policy | contentpolicy | content management policy | usage policy | usage policies |
      flagged as potentially | was flagged | been flagged | flagged by | flagged for | content_filter | content filter | contentfilter | raimediafilter |
      responsibleaipolicyviolation | our safety system | safety_violations | moderation_blocked | requires moderation | content_moderation | content moderation | block_reason | blockreason |
      due to safety | by safety | safety filter | safety setting | safety_settings | for safety | safety reasons | finish_reason: safety | finishreason: safety | finish_reason is safety |
      finish_reason.safety | prohibited_content | recitation | guardrail | violates our | violated our | violating our | violates the | content violat | acceptable use |
      data_inspection_failed | datainspectionfailed | inappropriate content | sensitive content | sensitive information | content exists risk | content risk | output blocked |
      blocked by content | harm_category | prompt was blocked | response was blocked | prompt is blocked | candidate was blocked | was blocked due | blockedprompt | stopcandidate |
      unsafe content | jailbreak | blocked by policy | prompt_blocked | prompt blocked | promptblocked | SPII | image_safety | blocklist | stop_reason: refusal | refused: | inappropriate input | may contain inappropriate | request moderated | content moderated | content safety | contentsafety | harmful | NSFW | terms of service | sensitive_content | new_sensitive | input_sensitive | safety.input | safety.output |
      safety check | safety classifier | safety guidelines | safety policy | safety policies | disallowed content | hate speech | self-harm | sexual | stop_reason "refusal | declined by | model refused | refused to answer | refused to respond |
      moderation system | moderation filter | moderation check | failed moderation | may violate | appears to violate | 's policy | was filtered | were filtered | generated content`,
    unless:
      'unique constraint | foreign key | check constraint | violates the content security | not-null | content security policy',
    reason: 'the provider refused the content',
  },
  {
    category: 'rate_limit',
    subcategory: 'quota',
    any: `insufficient_quota | exceeded your current quota | credit balance | billing | insufficient balance | insufficient credit | insufficient_credit |
      insufficient funds | not enough credit | no credits | out of credits | add credits | more credits | purchase credits | buy credits | payment required |
      payment_required | included credits | monthly usage | monthly limit | monthly spend | monthly quota | spend limit | spending limit | spending cap | key limit exceeded |
      budget has been exceeded | exceededbudget | budgetexceeded | budget exceeded | over budget | exceeded your budget | arrearage | overdue | prepaid | credits exhausted | credits have been | credit limit | can only afford |
      quota is exhausted | account balance | insufficient account | upgrade your plan | trial has ended | trial expired | subscription expired | out of funds | usage limit reached | exceeded your usage`,
    unless: perTime,
    reason: 'the account may spend no more: waiting does not help',
  },
  {
    category: 'rate_limit',
    any: `tokens per min | requests per min | tokens per day | requests per day | (tpm) | (rpm) | (tpd) | (rpd) | input tokens per minute |
      output tokens per minute | request too large for | per-minute rate limit | per minute request limit | token rate limit | rate_limit_exceeded | too many tokens, please wait | too many tokens per`,
    reason: 'a limit per time, even where it speaks of a large request',
  },
  {
    category: 'context_length',
    any: `maximum context | context_length | contextwindow | context window | context_window | context length | context size | context limit |
      context_size | contextlength | context overflow | maximum prompt length | prompt is too long | input is too long | prompt too long | input too long | request too long | message is too long | conversation is too long |
      too long for requested model | exceed context | input token count | input tokens exceed | input_tokens exceed | number of tokens allowed |
      maximum number of tokens | maximum number of input | maximum input length | maximum allowed number of input | too many tokens | too many input tokens | tokens in prompt | prompt contains |
      token limit | prompt length | range of input length | reduce the length | reduce your prompt | reduce the prompt | longer than the model | too large for model | too large for the model | larger than the maximum | maximum sequence length |
      sequence length is longer | max_model_len | max_seq_len | N_CTX | n_keep | tokens + must be | model_max_prompt_tokens | inputs\` tokens | request_too_large | request too large | requesttoolarge | request entity too large |
      entity too large | payload too large | payloadtoolarge | payload size exceeds | content too large | request body too large | body exceeded | exceeds the maximum size | request exceeds the maximum |
      input exceeds | exceeds model | string_above_max_length | string too long | total sequence length | exceeds cache size | max allowed tokens | tokens after truncation | tokens in the batch | token count | tokens exceed | tokens > | exceeds the token | exceed the token |
      exceeds max tokens | exceeded max tokens | pdf pages | context too long | context is too long | text is too long | text too long | content is too long | content too long | document is too long | input is too large | prompt is too large | prompt too large | message too large | file too large |
      file is too large | upload too large | context_exceeded | exceeds context | exceeds the context | exceeded the context | allowed tokens | output token maximum | token maximum`,
    unless: 'rate limit | ratelimit | throttl | quota exceeded | per min',
    reason: 'more was sent than the model or server takes at once',
  },
  {
    category: 'rate_limit',
    any: `rate limit | rate_limit | ratelimit | rate-limit | too many requests | toomanyrequests | too_many_requests | throttl | resource_exhausted |
      resource has been exhausted | resourceexhausted | resource exhausted | quota exceeded | exceeded quota | exceeded your quota | exceeded the quota | quota_exceeded | quota has been exceeded | exceeds quota | quota limit |
      capacity exceeded | exceeded your capacity | too many concurrent | concurrent requests | concurrent connections | concurrency limit | high concurrency | too many connections | too many clients | connection slots |
      max client connections | max_user_connections | maxclients | max number of clients | slow down | slowdown | request limit | requests limit | per minute | per-minute | per second | request rate |
      requests exceeded | reached free usage | requestlimitexceeded | limit reached for | pull rate | abuse detection | no deployments available for selected | retry after | usage limit | reached your limit | user_concurrency | throughputexceeded | throughput exceeded | throughput for the table was exceeded | rate exceeded | QUOTA | too frequent | too_frequent | max rpm | max tpm | request frequency | weekly limit | daily limit | hourly limit | session limit | you've hit your | you've reached your`,
    unless: 'quotaexceedederror | retries per request',
    reason: 'too much in too short a time',
  },
  {
    category: 'dependency',
    any: `ERESOLVE | ETARGET | EBADENGINE | EINTEGRITY | EUSAGE | err_pnpm | npm err! code e404 | npm error code e404 | npm err! 404 | npm error 404 | cannot find module | cannot find package | module not found | no module named |
      modulenotfound | importerror | cannot import name | err_module_not_found | module_not_found | could not find a version | no matching distribution | no matching version |
      resolutionimpossible | rollup failed to resolve | failed to resolve import | failed to resolve entry | can't resolve | err_require_esm | require() of es module | does not provide an export | err_package_path | no matching export | declaration file for | main module | library not loaded | version solving failed | distributionnotfound | packagenotfound | linker not found | unable to locate package | failed to solve: |
      is not exported by | manifest unknown | pull access denied | command not found | executable file not found | /bin/sh: | is not recognized as an internal | native binding | gyp err | class not found | could not load the module | requirements could not be resolved | requirements are unsatisfiable | when resolving dependencies | resolve dependencies | dependency resolution | packagesnotfound | interpreter found | for another platform | different platform | failed to load swc | native module | native addon | incompatible architecture | CHECKSUM`,
    unless:
      'timed out | econnreset | etimedout | err_pnpm_meta_fetch_fail | err_pnpm_fetch_401 | err_pnpm_fetch_403 | dll load failed while importing _ssl',
    reason: 'a module, package or program is not there',
  },
  {
    category: 'auth',
    any: `authentication | unauthorized | unauthorised | unauthenticated | not authenticated | not logged in | please log in | please login | log in to | login required | requires login | sign in | signed in |
      api key | api_key | apikey | api-key | invalid key | invalid access token | invalid token | invalid_token | invalid api token | invalid auth | invalid user token | token is invalid | token is not valid | token seems invalid | token expired |
      token has expired | token is expired | tokenexpired | expired token | expiredtoken | token has been revoked | token_revoked | jwt expired | jwt malformed | invalid jwt | invalid signature | signature does not match | signaturedoesnotmatch |
      signature verification | signature we calculated | invalid_grant | invalid_client | unauthorized_client | access denied | accessdenied | access_denied | access is denied | permission denied | permission_denied | permissiondenied |
      permission_error | permissionerror | permissionsdenied | forbidden | not authorized | notauthorized | not allowed to | no access to | have access to | does not have access | have permission | lacks permission | missing permission | required permission |
      insufficient permission | insufficient privilege | insufficient scope | insufficient_scope | missing scope | must be superuser | must be owner | invalid credential | bad credentials | could not load credentials | load the default credentials |
      unable to locate credentials | unable to load credentials | missing credentials | no credentials | credentials were not found | defaultcredentials | no auth credentials | valid credentials | credentialsprovider | nocredentials | credentials error | wrong username | username or password | user name or password |
      wrongpass | noauth | noperm | security token | unrecognizedclient | invalidclienttokenid | subscription key | account deactivated | account has been deactivated | account_deactivated | account is not active | account has been disabled |
      account is disabled | account disabled | organization has been disabled | been suspended | must be verified | must be a member | unsupported_country | country, region | location is not supported | region is not supported | OAUTH |
      authorization | gated repo | no pg_hba.conf | could not read username | publickey | host key verification | CSRF | ENEEDAUTH | E401 | E403 | service_disabled | it is disabled | row-level security | session expired | session has expired |
      not entitled | bearer token | login failed | no auth token | aadsts | err_pnpm_fetch_401 | err_pnpm_fetch_403 |
      authenticat | credential | auth failed | auth failure | auth error | auth_error | autherror | jwt | jsonwebtoken | SASL | KERBEROS | LDAP | invalid login | username and password | DENIED | decryption secret | privilege | REVOKED | api token | access token |
      access key | secret key | id token | refresh token | refresh_token | sso session | AUTH | LOGIN | failed to login | to log in`,
    unless:
      'timed out | well-formed | does not exist or you | not found or you | invalid token at | [errno 13] | eacces | connection refused | econnrefused | function does not have access | certificate | access-control | cors policy',
    reason: 'a credential is missing, wrong or not allowed to do this',
  },
  {
    category: 'timeout',
    any: `timed out | timed_out | timedout | timed-out | deadline | ETIMEDOUT | ESOCKETTIMEDOUT | took too long | took longer than | time limit | time out | time-out |
      gateway timeout | gateway_timeout | gateway time-out | statement timeout | lock timeout | did not respond within | no response within | not respond in time | within the allotted |
      maximum execution time | timelimitexceeded | maxtimemsexpired | exceeded time limit | max_execution_time | execution time exceeded | exceeded timeout | timeout exceeded | timeout of <duration> | timeout awaiting | timeout while | timeout waiting | timeout expired | timeout reached |
      timeout was reached | timeout elapsed | timeouterror | timeoutexception | within <duration> | exceeded <duration> | taking too long`,
    reason: 'a time limit passed',
  },
  {
    category: 'timeout',
    any: 'timeout',
    unless: `must be | must have | parameter | unrecognized | unexpected keyword argument | unknown option | unknown field | unknown argument | extra_forbidden |
      is not defined | has no attribute | settimeout | is not a function | not a valid | invalid value`,
    reason: 'a time limit passed, as a name says it',
  },
  {
    category: 'syntax',
    noStatus: true,
    any: `error ts | csssyntaxerror | module parse failed | module build failed | transform failed | transformerror | parsing error: | failed to compile | compilation failed | compile error | compileerror |
      babel_parse | babel_parser | template compilation | vue compiler | element is missing end tag | sassexception | sasserror | error[e0 | indentationerror | taberror | unexpected indent | unindent does not match | cannot use import statement |
      cannot use 'import.meta' | cannot use \`import.meta | invalid or unexpected token | invalid regular expression | is only valid in async | syntax error at or near | error in your sql syntax | sqlite_error: near | [postcss] | expected , found | unrecognised input | parse error on line | syntax error in |
      import analysis | invalid js syntax | to close an element`,
    unless: "could not resolve | cannot find | no such file | unresolved import | can't find crate",
    reason: 'a compiler, bundler or loader could not read the code',
  },
  {
    category: 'syntax',
    noStatus: true,
    any: `<file>: error | --> <file> | -[<file> | ─[<file> | unresolved reference | cannot find symbol | not found in this scope | error cs | templatesyntax`,
    unless:
      "could not resolve | no such file | unresolved import | can't find crate | cannot find package | cannot find module",
    reason: 'a compiler names a place in the code',
  },
  {
    category: 'network',
    any: `ECONNREFUSED | ECONNRESET | ENOTFOUND | EAI_AGAIN | EAI_FAIL | EPIPE | EHOSTUNREACH | ENETUNREACH | ENETDOWN | ECONNABORTED | EADDRINUSE | EADDRNOTAVAIL | err_network | err_internet | err_connection |
      err_name_not | err_cert | err_ssl | err_tunnel | err_proxy | err_http2 | err_quic | err_address | err_empty_response | err_tls | eproto | net:: | und_err_socket | other side closed |
      socket hang up | socket closed | socket error | socketerror | socket connection | socket disconnected | socket is closed | socket was closed | before secure tls | fetch failed | failed to fetch | load failed | networkerror | network error | network request failed |
      network is unreachable | network connection | network failure | network changed | connection error | connection refused | connection reset | connection was | connection closed | connection is closed | connection has been | connection aborted | connection terminated |
      connection lost | lost connection | lost the connection | connection broken | connection failed | connection failure | connection dropped | connection could not | connection not established | connection attempt | connectionerror | connection interrupted | connection ended |
      connecterror | connectionreset | connectionrefused | connectionclosed | connectionabort | connection unexpectedly | connection establish | connection to server | server closed the | server has gone away | server disconnected | serverdisconnected |
      remote end closed | remoteprotocolerror | remotedisconnected | incomplete chunked | incompleteread | incomplete read | chunkedencoding | closed connection | closed by the remote | closed by remote | forcibly closed | broken pipe |
      premature close | prematurely | premature_close | premature end | eof while reading | eof occurred | stream ended | stream closed | stream was reset | stream disconnected | rst_stream | nghttp2 | goaway | readerror | writeerror | transport closed |
      transport is closing | transport error | not connected | getaddrinfo | name or service not known | name resolution | nodename nor servname | no such host | DNS | could not resolve host | couldn't resolve host | unknown host | unknownhost | server not found |
      translate host name | nameresolution | no route to host | host is unreachable | cannot connect | can't connect | could not connect | couldn't connect | failed to connect | unable to connect | error connecting | error trying to connect | cannot reach | can't reach | could not reach | unreachable |
      failed to establish | no connection established | address already in use | port is already | certificate | self-signed | self signed | SSL | tls handshake | handshake | unable_to_get_issuer | unable_to_verify | cert_has_expired |
      depth_zero | X509 | wrong version number | PROXY | CORS | websocket | mixed content | chunkloaderror | loading chunk | loading css chunk | dynamically imported module | importing a module script | serverselection | server selection |
      operation was aborted | was aborted | request aborted | aborterror | user aborted | aborted a request | err_canceled | typeerror: terminated | error: terminated | tunneling socket | retries per request | client has been closed | client is closed | ECONN | transport failure | transport failed | failed, reason: | by peer | peer closed | host not found | hostname | TCP | UDP | SOCKET | NETWORK | broken connection |
      connection to | connection is not | unable to reach | sending request | channel closed | channel is closed | disconnected | no servers available | no listener`,
    unless: `proxy must | proxy handler | on proxy | upstream connect error | failed to resolve component | unexpected token | is not a function | no healthy upstream |
      'get' on proxy | certificate must be provided | unsupportedparams | drop_params | is not defined | is not a constructor | circular structure`,
    reason: 'no connection, or it broke',
  },
  {
    category: 'network',
    any: ': eof',
    unless: 'pars | JSON | YAML | syntax',
    reason: 'the connection ended before the answer',
  },
  {
    category: 'validation',
    any: `is not valid json | in json at | json input | json parse | json.parse | jsondecode | json decode | json_validate | invalid json | not valid json | valid json | malformed json |
      parse json | parsing json | json parsing | as json | jsonparse | jsonsyntax | unexpected end of json | zoderror | $zoderror | validationerror | typevalidation | noobjectgenerated | no object generated | json schema | jsonschema`,
    unless:
      'module parse failed | error ts | tool_call | tool call | tool_use | tool argument | function call | toolcall | invalid tool | nosuchtool',
    reason: 'a value does not have the form that was asked for',
  },
  {
    category: 'validation',
    subcategory: 'tool_call',
    any: `support tools | support tool | supports tools | tool_use | tool use | tool_result | tool result | tool_call | tool call | toolcall | tool-call | function call | function_call | functioncall |
      function response | function_response | tool_choice | tool choice | nosuchtool | no such tool | unavailable tool | unknown tool | invalidtool | invalid tool | tool not found | tool output | tool argument | tool input | tool_input |
      tool schema | tool name | tools[ | tools. | tool error | function.name | function.arguments | function.parameters | function arguments | -32602 | -32601 | input_schema | toolexception | toolspec | tooluse | toolresult |
      invalid arguments for | available tools | found in tools | tool definition | tool parameter`,
    unless: 'internal server error | overloaded | no endpoints found',
    reason: 'a tool was offered, called or answered against the rules',
  },
  {
    category: 'provider',
    subcategory: 'model_not_found',
    any: `model_not_found | model not found | modelnotfound | model_not_supported | you do not have access to it | model does not exist | the model does not | model not exist | not found for api version | no such model | nosuchmodel | unknown model | unknown_model |
      invalid model name | invalid model id | invalid_model | not a valid model | model is not available | model not available | model is not supported | unsupported model | unsupported_model | model not supported |
      decommissioned | model has been deprecated | model is deprecated | model has been retired | deploymentnotfound | deployment for this resource | deployment does not exist | no endpoints found | no allowed providers | not_found_error | try pulling it |
      foundation model | model identifier is invalid | on-demand throughput | no models loaded | model unloaded | llm provider not provided | no available model | publisher model | is not a chat model | v1/chat/completions endpoint | model is not found |
      end of its life | no longer available | no longer supported | end of life | model_not_available | model may not exist | not a supported model | model id does not | pull model manifest | model 'not | requested model | could not find model | cannot find model | requested entity`,
    unless:
      'not supported with this model | not supported by this model | parameter | invalid model output | unsupported value | too long',
    reason: 'the model or deployment that was named is not there',
  },
  {
    category: 'provider',
    any: `overloaded | internal server error | internal_server_error | internalservererror | internalserver | internalfailure | internal_error | internal error | server error | server_error | server had an error | bad gateway | bad_gateway | badgateway |
      service unavailable | service_unavailable | serviceunavailable | service is unavailable | temporarily unavailable | currently unavailable | unavailable | api_error | upstream | provider returned error | currently loading | is loading | high demand | at capacity |
      no healthy | web server is down | returned an unknown error | web server is returning | origin server | origin is unreachable | origin dns | unknown error occurred | unexpected error occurred | runner process | system memory | modelerror | modelnotready | modelstreamerror | maintenance | engine_overloaded | not ready yet | empty response | emptyresponse |
      no response from | no output generated | nooutputgenerated | an error occurred while processing | error occurred while processing | unable to process your request | outage | stream error | processing error | cluster_block | clusterdown | read only replica | readonly you | failed to generate | went wrong |
      cuda out of memory | cuda error | torch.outofmemory | enginedead | enginecore encountered | engine loop | background loop has errored | prediction failed`,
    unless: 'syntaxerror | prisma | server-side exception',
    notStatus: refusals,
    reason: 'the other side failed',
  },
  {
    category: 'syntax',
    noStatus: true,
    any: `syntaxerror | syntaxexception | syntax error | unterminated | unclosed | missing initializer | already been declared | must be wrapped in an enclosing | unexpected token | unexpected identifier | unexpected end of input | expected ";" | expected ")" |
      expected "}" | expected "{" | expected but found | inside a jsx | jsx element | decorators are not valid | end of file | unknown word | undefined variable | invalid left-hand | invalid assignment`,
    unless: 'JSON | jsonsyntax | YAML | TOML | constraint',
    reason: 'a compiler, bundler or loader could not read the code',
  },
  {
    category: 'validation',
    any: `JSON | ZOD | AJV | pydantic | valibot | validation | validator | validate | must have | must not have | must be | must not be | must match | must contain | must start with | must end with | should be | should not be | should have | should match | is a required property |
      is not of type | is not of a type | is not one of | is not a multiple | does not match | do not match | did not match | doesn't match | additional properties | field required | required field | missing required | missing field | is required | are required | required property | extra inputs | extra fields | extra_forbidden |
      unrecognized key | unrecognized_keys | unrecognized request | invalid_type | invalid_union | invalid_enum | invalid_literal | invalid_string | invalid_value | invalid_format | too_small | too_big | value_error | type_error | missing_required |
      not a valid | expected string | expected number | expected array | expected object | expected boolean | expected one of | expected value | expected a | expecting value | expecting property name | expecting ',' | expecting ':' | expecting | extra data | invalid control character | bad control character | invalid \\escape | double-quoted property | -32700 | -32600 |
      SERDE | deserializ | unmarshal | YAML | yamlexception | yamlerror | well-formed | TOML | XML | CSV | invalid input | invalid_argument | invalid argument | invalid parameter | invalid_parameter | invalid value | invalid type | invalid enum | invalid schema | invalid_schema | invalid format |
      invalid request | invalidrequest | invalid message | invalid role | invalid image | invalid_image | invalid base64 | invalid params | invalid data | invalid content | invalid response | invalid body | invalid field | invalid property | invalid option | invalid prompt | invalid file | invalid media |
      invalid uuid | invalid datetime | invalid email | invalid date format | unsupported parameter | unsupported_parameter | unsupported value | unsupported_value | unsupported image | unsupported content | unsupported media | unsupported file | unsupported type | unsupported schema | unsupportedfunctionality | unsupported operation | unsupported format | unsupported data | unsupportedparams |
      unknown parameter | unknown_parameter | unknown field | unknown name | unknown argument | unexpected field | unexpected keyword | unexpected property | unexpected value | unexpected response | not supported | does not support | doesn't support | schema | outputparser | output_parsing | could not parse | couldn't parse |
      failed to parse | unable to parse | cannot parse | can't parse | parsing failed | parse failed | parse error | parsing error | unprocessable | malformed | bad request | badrequest | roles must alternate | first message | image exceeds | input image | scannererror | expected last role | cannot be empty | can't be empty | may not be empty | must be non-empty | cannot be blank | cannot be null | empty messages | non-empty |
      text content blocks | max_tokens | temperature | TOP_P | out of range | out_of_range | exceeds maximum value | less than the minimum | greater than the maximum | unique constraint | duplicate key | duplicate entry | foreign key constraint | check constraint | not-null constraint | constraint failed | constraint violation |
      violates | e11000 | invalid byte | value too long | data too long | cast to | casterror | type mismatch | type_mismatch | content-type | content type | mime type | failed_precondition | unable to decode | cannot decode | decoding | structured output | response_format | response format | cannot query field | graphql validation |
      finish_reason | length limit was reached | wrongtype | wrong type | truncated for column | incorrect type | cannot convert | could not convert | decode | cannot be set | can't be set | was provided without | without its required | messages.<n> | messages[<n>] | input[<n>] | contents[<n>] | line format |
      is not valid | are not valid | isn't valid | is invalid | are invalid | dimension | mapper_parsing`,
    unless: `typeerror: | rangeerror: | referenceerror: | urierror: | assertionerror: | circular structure | indexerror | list index | argument must be of type | read properties of | read property | is not a function | is not a constructor | is not iterable | array length | eslint | hydrat | invalid date. | REACT | recursion | rendered | super constructor | invariant | ENOENT | no such table |
      is not installed | failed to load config | peer dep | package.json | prisma client did not initialize | engine | lockfile | not assignable to | tsconfig | missing script | symbol not found | unsupported dir | lock file | cannot convert undefined or null | convert a bigint | a bigint | utf-8' codec | codec can't | unhashable | concatenate | optional dependencies`,
    reason: 'a value does not have the form that was asked for',
  },
  {
    category: 'dependency',
    any: `could not resolve | cannot resolve | unable to resolve | failed to resolve | failed to load url | err_unsupported_dir | err_unknown_file_extension | err_unknown_builtin | is not exported from | default export | declaration file | peer dep |
      dependency conflict | conflicting dependencies | unsupported engine | incompatible with this module | lockfile | lock file | package.json | err_ossl | failed building wheel | subprocess-exited | no solution found | couldn't find package | couldn't find any versions |
      is not in this registry | is not in the npm registry | node_module_version | different node.js version | elf header | shared object | image not found | dlopen | symbol not found | undefined symbol | GLIBC | requires python | requires-python | version mismatch | incompatible version |
      no required module provides | main class | noclassdeffound | classnotfound | could not find gem | loaderror | unresolved import | can't find crate | executable not found | not found in $path | SPAWN | ENOENT | not installed | please install | pip install | npm install |
      executable doesn't exist | no such image | imagepullbackoff | errimagepull | failed to pull | unable to find image | query engine | did not initialize yet | prebuilt | exec format error | missing peer | find stylesheet | cannot find loader | cannot find plugin |
      failed to load plugin | failed to load config | couldn't find the plugin | couldn't find the config | failed to load parser | unknown plugin | cannot find preset | plugin not found | notarget | exported member | externally-managed | no such module | shared library | unmet peer |
      could not find chrome | missing script | module specifier | resolve module | no version of | not a supported wheel | failed to load native | native binding | cannot open shared | does not exist in the current database | no such table | relation does not exist | no such file or directory | type "vector"`,
    unless:
      'no such file or directory, open | no such file or directory: | resolve placeholder | failed to resolve component | enoent: no such file or directory, stat | enoent: no such file or directory, scandir',
    reason: 'something that must be installed or found is not',
  },
  {
    category: 'syntax',
    noStatus: true,
    any: `ts1005 | rolluperror | compile | compilation | build failed | is not assignable to | unexpected eof | unexpected character | unexpected reserved word | unexpected keyword | configured target environment | unbalanced | mismatched tag | invalid syntax | illegal return | illegal break | illegal continue | missing semicolon | missing closing |
      duplicate declaration | expected an indented block | expression expected | declaration or statement expected | 'import' and 'export' | may appear only | return outside | outside of function | in strict mode | unknown at rule | end tag | closing tag |
      invalid destructuring | invalid escape | OCTAL | cannot find name | error[e | mixed spaces | at or near | error in your sql | unrecognized token | <eof> | eslint | LINT | parse error | parsing error`,
    unless: 'illegal invocation',
    reason: 'a compiler, bundler or loader could not read the code',
  },
  {
    category: 'dependency',
    any: 'npm error | npm err!',
    unless: 'lifecycle | command failed | eacces | enospc | eperm',
    reason: 'a package manager could not do its work',
  },
  {
    category: 'validation',
    onlyStatus: [400, 409, 415, 422],
    any: `MUST | MISSING | REQUIRED | unsupported | unexpected | unrecognized | unknown | expects | expected | cannot | can only | may only | not allowed | not supported | at least | at most | exactly | exceed | too many | too large | too small | too long |
      mismatch | duplicate | conflict | incompatible | empty | illegal | format | parameter | field | argument | property`,
    reason: 'a request was refused for what is in it',
  },
]

/** What a status says when the words say nothing. */
export const statusRules: readonly {
  statuses: readonly number[]
  category: Category
  subcategory?: string
  reason: string
}[] = [
  { statuses: [402], category: 'rate_limit', subcategory: 'quota', reason: 'payment required' },
  { statuses: [429], category: 'rate_limit', reason: 'too many requests' },
  { statuses: [401, 403, 407], category: 'auth', reason: 'not allowed' },
  { statuses: [408, 504, 524], category: 'timeout', reason: 'a gateway waited in vain' },
  { statuses: [413], category: 'context_length', reason: 'more than the server takes' },
]
