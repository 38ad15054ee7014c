package deploy

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/aws/aws-sdk-go-v2/service/swf/types"
)

// API is what is asked of the service. The SDK's client has it.
type API interface {
	swf.ListWorkflowTypesAPIClient
	swf.ListActivityTypesAPIClient
	DescribeDomain(context.Context, *swf.DescribeDomainInput, ...func(*swf.Options)) (*swf.DescribeDomainOutput, error)
	RegisterDomain(context.Context, *swf.RegisterDomainInput, ...func(*swf.Options)) (*swf.RegisterDomainOutput, error)
	UndeprecateDomain(context.Context, *swf.UndeprecateDomainInput, ...func(*swf.Options)) (*swf.UndeprecateDomainOutput, error)
	DescribeWorkflowType(context.Context, *swf.DescribeWorkflowTypeInput, ...func(*swf.Options)) (*swf.DescribeWorkflowTypeOutput, error)
	DescribeActivityType(context.Context, *swf.DescribeActivityTypeInput, ...func(*swf.Options)) (*swf.DescribeActivityTypeOutput, error)
	DeprecateWorkflowType(context.Context, *swf.DeprecateWorkflowTypeInput, ...func(*swf.Options)) (*swf.DeprecateWorkflowTypeOutput, error)
	DeprecateActivityType(context.Context, *swf.DeprecateActivityTypeInput, ...func(*swf.Options)) (*swf.DeprecateActivityTypeOutput, error)
	UndeprecateWorkflowType(context.Context, *swf.UndeprecateWorkflowTypeInput, ...func(*swf.Options)) (*swf.UndeprecateWorkflowTypeOutput, error)
	UndeprecateActivityType(context.Context, *swf.UndeprecateActivityTypeInput, ...func(*swf.Options)) (*swf.UndeprecateActivityTypeOutput, error)
	Registrar
}

// A Registrar registers types. The SDK's client is one.
type Registrar interface {
	RegisterWorkflowType(context.Context, *swf.RegisterWorkflowTypeInput, ...func(*swf.Options)) (*swf.RegisterWorkflowTypeOutput, error)
	RegisterActivityType(context.Context, *swf.RegisterActivityTypeInput, ...func(*swf.Options)) (*swf.RegisterActivityTypeOutput, error)
}

// describe returns the settings that a type is registered with.
func describe(ctx context.Context, api API, domain string, k Key) ([]Setting, error) {
	t := &Type{}
	set := func(name string, value *string) { t.set(name, aws.ToString(value)) }
	list := func(l *types.TaskList) *string {
		if l == nil {
			return nil
		}
		return l.Name
	}
	if k.Kind == Workflow {
		r, err := api.DescribeWorkflowType(ctx, &swf.DescribeWorkflowTypeInput{Domain: &domain, WorkflowType: k.workflow()})
		if err != nil {
			return nil, err
		}
		c := r.Configuration
		t.set("defaultChildPolicy", string(c.DefaultChildPolicy))
		set("defaultExecutionStartToCloseTimeout", c.DefaultExecutionStartToCloseTimeout)
		set("defaultLambdaRole", c.DefaultLambdaRole)
		set("defaultTaskList", list(c.DefaultTaskList))
		set("defaultTaskPriority", c.DefaultTaskPriority)
		set("defaultTaskStartToCloseTimeout", c.DefaultTaskStartToCloseTimeout)
		return t.Settings, nil
	}
	r, err := api.DescribeActivityType(ctx, &swf.DescribeActivityTypeInput{Domain: &domain, ActivityType: k.activity()})
	if err != nil {
		return nil, err
	}
	c := r.Configuration
	set("defaultTaskHeartbeatTimeout", c.DefaultTaskHeartbeatTimeout)
	set("defaultTaskList", list(c.DefaultTaskList))
	set("defaultTaskPriority", c.DefaultTaskPriority)
	set("defaultTaskScheduleToCloseTimeout", c.DefaultTaskScheduleToCloseTimeout)
	set("defaultTaskScheduleToStartTimeout", c.DefaultTaskScheduleToStartTimeout)
	set("defaultTaskStartToCloseTimeout", c.DefaultTaskStartToCloseTimeout)
	return t.Settings, nil
}

func (k Key) workflow() *types.WorkflowType {
	return &types.WorkflowType{Name: &k.Name, Version: &k.Version}
}

func (k Key) activity() *types.ActivityType {
	return &types.ActivityType{Name: &k.Name, Version: &k.Version}
}

// RegisterType registers a type: one call. That it is there already is the
// service's TypeAlreadyExistsFault.
func RegisterType(ctx context.Context, api Registrar, domain string, t *Type) error {
	value := func(name string) *string {
		if v := t.Setting(name); v != "" {
			return &v
		}
		return nil
	}
	var list *types.TaskList
	if name := value("defaultTaskList"); name != nil {
		list = &types.TaskList{Name: name}
	}
	var err error
	if t.Kind == Workflow {
		_, err = api.RegisterWorkflowType(ctx, &swf.RegisterWorkflowTypeInput{
			Domain: &domain, Name: &t.Name, Version: &t.Version, Description: t.description(),
			DefaultChildPolicy:                  types.ChildPolicy(t.Setting("defaultChildPolicy")),
			DefaultExecutionStartToCloseTimeout: value("defaultExecutionStartToCloseTimeout"),
			DefaultLambdaRole:                   value("defaultLambdaRole"),
			DefaultTaskList:                     list,
			DefaultTaskPriority:                 value("defaultTaskPriority"),
			DefaultTaskStartToCloseTimeout:      value("defaultTaskStartToCloseTimeout"),
		})
		return err
	}
	_, err = api.RegisterActivityType(ctx, &swf.RegisterActivityTypeInput{
		Domain: &domain, Name: &t.Name, Version: &t.Version, Description: t.description(),
		DefaultTaskHeartbeatTimeout:       value("defaultTaskHeartbeatTimeout"),
		DefaultTaskList:                   list,
		DefaultTaskPriority:               value("defaultTaskPriority"),
		DefaultTaskScheduleToCloseTimeout: value("defaultTaskScheduleToCloseTimeout"),
		DefaultTaskScheduleToStartTimeout: value("defaultTaskScheduleToStartTimeout"),
		DefaultTaskStartToCloseTimeout:    value("defaultTaskStartToCloseTimeout"),
	})
	return err
}
