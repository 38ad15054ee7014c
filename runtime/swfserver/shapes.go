package swfserver

// shapeText lists the operations' inputs and the structures in them: a name,
// then its members, a continued line being indented. `*` marks a member that
// must be there. What stands behind the colon is another structure, a list
// `[element]max`, one of the enums, a length in characters `min..max`, or:
//
//	id        1..256 characters by the rule of names and ids
//	trimmed   an id without white space at its ends
//	version   an id of at most 64
//	duration  seconds as decimal digits, or NONE
//	seconds   seconds as decimal digits
//	priority  an int32 as decimal digits
//	page      0..1000
//	bool, time
//
// The documentation holds a child's workflowId to the rule of ids too. The service
// does not: AWS's flow frameworks name children by their parent's run id, a colon
// and a number, and run ids may have slashes in them.
const shapeText = `
CountClosedWorkflowExecutions domain*:id startTimeFilter:ExecutionTimeFilter
	closeTimeFilter:ExecutionTimeFilter executionFilter:WorkflowExecutionFilter typeFilter:WorkflowTypeFilter
	tagFilter:TagFilter closeStatusFilter:CloseStatusFilter
CountOpenWorkflowExecutions domain*:id startTimeFilter*:ExecutionTimeFilter typeFilter:WorkflowTypeFilter
	tagFilter:TagFilter executionFilter:WorkflowExecutionFilter
CountPendingActivityTasks domain*:id taskList*:TaskList
CountPendingDecisionTasks domain*:id taskList*:TaskList
DeleteActivityType domain*:id activityType*:Type
DeleteWorkflowType domain*:id workflowType*:Type
DeprecateActivityType domain*:id activityType*:Type
DeprecateDomain name*:id
DeprecateWorkflowType domain*:id workflowType*:Type
DescribeActivityType domain*:id activityType*:Type
DescribeDomain name*:id
DescribeWorkflowExecution domain*:id execution*:Execution
DescribeWorkflowType domain*:id workflowType*:Type
GetWorkflowExecutionHistory domain*:id execution*:Execution nextPageToken:..2048 maximumPageSize:page
	reverseOrder:bool
ListActivityTypes domain*:id name:id registrationStatus*:RegistrationStatus nextPageToken:..2048
	maximumPageSize:page reverseOrder:bool
ListClosedWorkflowExecutions domain*:id startTimeFilter:ExecutionTimeFilter
	closeTimeFilter:ExecutionTimeFilter executionFilter:WorkflowExecutionFilter
	closeStatusFilter:CloseStatusFilter typeFilter:WorkflowTypeFilter tagFilter:TagFilter nextPageToken:..2048
	maximumPageSize:page reverseOrder:bool
ListDomains nextPageToken:..2048 registrationStatus*:RegistrationStatus maximumPageSize:page reverseOrder:bool
ListOpenWorkflowExecutions domain*:id startTimeFilter*:ExecutionTimeFilter typeFilter:WorkflowTypeFilter
	tagFilter:TagFilter nextPageToken:..2048 maximumPageSize:page reverseOrder:bool
	executionFilter:WorkflowExecutionFilter
ListTagsForResource resourceArn*:1..1600
ListWorkflowTypes domain*:id name:id registrationStatus*:RegistrationStatus nextPageToken:..2048
	maximumPageSize:page reverseOrder:bool
PollForActivityTask domain*:id taskList*:TaskList identity:..256
PollForDecisionTask domain*:id taskList*:TaskList identity:..256 nextPageToken:..2048 maximumPageSize:page
	reverseOrder:bool startAtPreviousStartedEvent:bool
RecordActivityTaskHeartbeat taskToken*:1..1024 details:..2048
RegisterActivityType domain*:id name*:id version*:version description:..1024
	defaultTaskStartToCloseTimeout:duration defaultTaskHeartbeatTimeout:duration defaultTaskList:TaskList
	defaultTaskPriority:priority defaultTaskScheduleToStartTimeout:duration
	defaultTaskScheduleToCloseTimeout:duration
RegisterDomain name*:trimmed description:..1024 workflowExecutionRetentionPeriodInDays*:1..8
	tags:[ResourceTag]
RegisterWorkflowType domain*:id name*:id version*:version description:..1024
	defaultTaskStartToCloseTimeout:duration defaultExecutionStartToCloseTimeout:duration defaultTaskList:TaskList
	defaultTaskPriority:priority defaultChildPolicy:ChildPolicy defaultLambdaRole:1..1600
RequestCancelWorkflowExecution domain*:id workflowId*:1..256 runId:..64
RespondActivityTaskCanceled taskToken*:1..1024 details:..32768
RespondActivityTaskCompleted taskToken*:1..1024 result:..32768
RespondActivityTaskFailed taskToken*:1..1024 reason:..256 details:..32768
RespondDecisionTaskCompleted taskToken*:1..1024 decisions:[Decision] executionContext:..32768
	taskList:TaskList taskListScheduleToStartTimeout:duration
SignalWorkflowExecution domain*:id workflowId*:1..256 runId:..64 signalName*:1..256 input:..32768
StartWorkflowExecution domain*:id workflowId*:id workflowType*:Type taskList:TaskList taskPriority:priority
	input:..32768 executionStartToCloseTimeout:duration tagList:[..256]5 taskStartToCloseTimeout:duration
	childPolicy:ChildPolicy lambdaRole:1..1600
TagResource resourceArn*:1..1600 tags*:[ResourceTag]
TerminateWorkflowExecution domain*:id workflowId*:1..256 runId:..64 reason:..256 details:..32768
	childPolicy:ChildPolicy
UndeprecateActivityType domain*:id activityType*:Type
UndeprecateDomain name*:id
UndeprecateWorkflowType domain*:id workflowType*:Type
UntagResource resourceArn*:1..1600 tagKeys*:[1..128]

ExecutionTimeFilter oldestDate*:time latestDate:time
WorkflowExecutionFilter workflowId*:1..256
WorkflowTypeFilter name*:1..256 version:..64
TagFilter tag*:..256
CloseStatusFilter status*:CloseStatus
TaskList name*:trimmed
Type name*:id version*:version
Execution workflowId*:1..256 runId*:1..64
ResourceTag key*:1..128 value:..256
Decision decisionType*:DecisionType
	scheduleActivityTaskDecisionAttributes:ScheduleActivityTaskDecisionAttributes
	requestCancelActivityTaskDecisionAttributes:RequestCancelActivityTaskDecisionAttributes
	completeWorkflowExecutionDecisionAttributes:CompleteWorkflowExecutionDecisionAttributes
	failWorkflowExecutionDecisionAttributes:FailWorkflowExecutionDecisionAttributes
	cancelWorkflowExecutionDecisionAttributes:CancelWorkflowExecutionDecisionAttributes
	continueAsNewWorkflowExecutionDecisionAttributes:ContinueAsNewWorkflowExecutionDecisionAttributes
	recordMarkerDecisionAttributes:RecordMarkerDecisionAttributes
	startTimerDecisionAttributes:StartTimerDecisionAttributes
	cancelTimerDecisionAttributes:CancelTimerDecisionAttributes
	signalExternalWorkflowExecutionDecisionAttributes:SignalExternalWorkflowExecutionDecisionAttributes
	requestCancelExternalWorkflowExecutionDecisionAttributes:RequestCancelExternalWorkflowExecutionDecisionAttributes
	startChildWorkflowExecutionDecisionAttributes:StartChildWorkflowExecutionDecisionAttributes
	scheduleLambdaFunctionDecisionAttributes:ScheduleLambdaFunctionDecisionAttributes
ScheduleActivityTaskDecisionAttributes activityType*:Type activityId*:id control:..32768 input:..32768
	scheduleToCloseTimeout:duration taskList:TaskList taskPriority:priority scheduleToStartTimeout:duration
	startToCloseTimeout:duration heartbeatTimeout:duration
RequestCancelActivityTaskDecisionAttributes activityId*:id
CompleteWorkflowExecutionDecisionAttributes result:..32768
FailWorkflowExecutionDecisionAttributes reason:..256 details:..32768
CancelWorkflowExecutionDecisionAttributes details:..32768
ContinueAsNewWorkflowExecutionDecisionAttributes input:..32768 executionStartToCloseTimeout:duration
	taskList:TaskList taskPriority:priority taskStartToCloseTimeout:duration childPolicy:ChildPolicy
	tagList:[..256]5 workflowTypeVersion:version lambdaRole:1..1600
RecordMarkerDecisionAttributes markerName*:1..256 details:..32768
StartTimerDecisionAttributes timerId*:id control:..32768 startToFireTimeout*:seconds
CancelTimerDecisionAttributes timerId*:id
SignalExternalWorkflowExecutionDecisionAttributes workflowId*:1..256 runId:..64 signalName*:1..256 input:..32768
	control:..32768
RequestCancelExternalWorkflowExecutionDecisionAttributes workflowId*:1..256 runId:..64 control:..32768
StartChildWorkflowExecutionDecisionAttributes workflowType*:Type workflowId*:1..256 control:..32768 input:..32768
	executionStartToCloseTimeout:duration taskList:TaskList taskPriority:priority
	taskStartToCloseTimeout:duration childPolicy:ChildPolicy tagList:[..256]5 lambdaRole:1..1600
ScheduleLambdaFunctionDecisionAttributes id*:1..256 name*:1..64 control:..32768 input:..32768
	startToCloseTimeout:duration
`

// enums lists the enums, with their values in the order in which messages
// print them.
var enums = map[string][]string{
	"ChildPolicy":        {"TERMINATE", "REQUEST_CANCEL", "ABANDON"},
	"CloseStatus":        {"COMPLETED", "FAILED", "CANCELED", "TERMINATED", "CONTINUED_AS_NEW", "TIMED_OUT"},
	"RegistrationStatus": {"REGISTERED", "DEPRECATED"},
	"DecisionType":       {"CompleteWorkflowExecution", "StartTimer", "RequestCancelExternalWorkflowExecution", "SignalExternalWorkflowExecution", "CancelTimer", "RecordMarker", "ScheduleActivityTask", "ContinueAsNewWorkflowExecution", "ScheduleLambdaFunction", "FailWorkflowExecution", "RequestCancelActivityTask", "StartChildWorkflowExecution", "CancelWorkflowExecution"},
}
