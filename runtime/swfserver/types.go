package swfserver

import "fmt"

// A registered type is an activity type or a workflow type of a domain, as it
// is on record. Only its deprecation can change.
type registered struct {
	typeName
	Description     *string `json:",omitempty"`
	CreationDate    stamp
	DeprecationDate stamp // 0 while it is not deprecated
	Defaults        typeDefaults
}

// typeDefaults are the defaults of an activity type or a workflow type, in the
// order in which the service writes them.
type typeDefaults struct {
	ChildPolicy                  *string   `json:"defaultChildPolicy,omitempty"`
	ExecutionStartToCloseTimeout *string   `json:"defaultExecutionStartToCloseTimeout,omitempty"`
	LambdaRole                   *string   `json:"defaultLambdaRole,omitempty"`
	TaskHeartbeatTimeout         *string   `json:"defaultTaskHeartbeatTimeout,omitempty"`
	TaskList                     *listName `json:"defaultTaskList,omitempty"`
	TaskPriority                 *string   `json:"defaultTaskPriority,omitempty"`
	TaskScheduleToCloseTimeout   *string   `json:"defaultTaskScheduleToCloseTimeout,omitempty"`
	TaskScheduleToStartTimeout   *string   `json:"defaultTaskScheduleToStartTimeout,omitempty"`
	TaskStartToCloseTimeout      *string   `json:"defaultTaskStartToCloseTimeout,omitempty"`
}

// The two kinds of types, as they are called in messages and on record.
const (
	activityKind = "ActivityType"
	workflowKind = "WorkflowType"
)

func (n typeName) key() string { return n.Name + "\x00" + n.Version }

// describe returns the type as messages write it.
func (n typeName) describe(kind string) string {
	return fmt.Sprintf("%s=[name=%s, version=%s]", kind, n.Name, n.Version)
}

func (d *domain) types(kind string) *sorted[*registered] {
	if kind == activityKind {
		return &d.activityTypes
	}
	return &d.workflowTypes
}

// typeOf returns a type.
func (d *domain) typeOf(kind string, n typeName) (*registered, error) {
	if t, ok := d.types(kind).get(n.key()); ok {
		return t, nil
	}
	return nil, unknown("Unknown type: %s", n.describe(kind))
}

func (d *domain) saveType(kind string, t *registered) {
	d.server.batch.put(kind, d.record.Name+"\x00"+t.key(), typeRecord{d.record.Name, *t})
}

func (d *domain) setDeprecated(kind string, t *registered, at stamp) {
	t.DeprecationDate = at
	d.saveType(kind, t)
}

// A typeRecord is what is on record of a type.
type typeRecord struct {
	Domain string
	Type   registered
}

// A typeInput is the input of all operations on a type.
type typeInput struct {
	Domain       string
	ActivityType *typeName
	WorkflowType *typeName
}

// of returns the kind and the name of the type.
func (in *typeInput) of() (string, typeName) {
	if in.ActivityType != nil {
		return activityKind, *in.ActivityType
	}
	return workflowKind, *in.WorkflowType
}

// find returns the domain and the type that an input names.
func (s *Server) find(in *typeInput) (*domain, string, *registered, error) {
	kind, name := in.of()
	d, err := s.domain(in.Domain)
	if err != nil {
		return nil, kind, nil, err
	}
	t, err := d.typeOf(kind, name)
	return d, kind, t, err
}

type registerInput struct {
	Domain      string
	Description *string
	typeName
	typeDefaults
}

// registerActivityType implements the operation.
func (s *Server) registerActivityType(c *call, in *registerInput) (any, error) {
	return nil, s.register(activityKind, in, s.config.Quotas.ActivityTypes)
}

// registerWorkflowType implements the operation.
func (s *Server) registerWorkflowType(c *call, in *registerInput) (any, error) {
	if err := checkExecutionTimeout(in.ExecutionStartToCloseTimeout, "defaultExecutionStartToCloseTimeout"); err != nil {
		return nil, err
	}
	return nil, s.register(workflowKind, in, s.config.Quotas.WorkflowTypes)
}

func (s *Server) register(kind string, in *registerInput, quota int) error {
	d, err := s.active(in.Domain)
	if err != nil {
		return err
	}
	types := d.types(kind)
	if _, ok := types.get(in.key()); ok {
		return modelFault("TypeAlreadyExistsFault", "%s", in.describe(kind))
	}
	if len(types.keys) >= quota {
		return limitExceeded("Limit on maximum number of types reached")
	}
	t := &registered{typeName: in.typeName, Description: in.Description, CreationDate: s.time, Defaults: in.typeDefaults}
	types.put(in.key(), t)
	d.saveType(kind, t)
	return nil
}

// deprecateType implements DeprecateActivityType and DeprecateWorkflowType.
func (s *Server) deprecateType(c *call, in *typeInput) (any, error) {
	d, kind, t, err := s.find(in)
	if err != nil {
		return nil, err
	}
	if t.DeprecationDate != 0 {
		return nil, modelFault("TypeDeprecatedFault", "%s", t.describe(kind))
	}
	d.setDeprecated(kind, t, max(1, s.time))
	return nil, nil
}

// undeprecateType implements UndeprecateActivityType and
// UndeprecateWorkflowType.
func (s *Server) undeprecateType(c *call, in *typeInput) (any, error) {
	d, kind, t, err := s.find(in)
	if err != nil {
		return nil, err
	}
	if t.DeprecationDate == 0 {
		return nil, modelFault("TypeAlreadyExistsFault", "%s", t.describe(kind))
	}
	d.setDeprecated(kind, t, 0)
	return nil, nil
}

// deleteType implements DeleteActivityType and DeleteWorkflowType.
func (s *Server) deleteType(c *call, in *typeInput) (any, error) {
	d, kind, t, err := s.find(in)
	if err != nil {
		return nil, err
	}
	if t.DeprecationDate == 0 {
		return nil, modelFault("TypeNotDeprecatedFault", "The type is currently registered and cannot be deleted in its current state")
	}
	d.types(kind).remove(t.key())
	s.batch.remove(kind, d.record.Name+"\x00"+t.key())
	return nil, nil
}

type typeInfo struct {
	ActivityType    *typeName `json:"activityType,omitempty"`
	CreationDate    stamp     `json:"creationDate"`
	DeprecationDate stamp     `json:"deprecationDate,omitempty"`
	Description     *string   `json:"description,omitempty"`
	Status          string    `json:"status"`
	WorkflowType    *typeName `json:"workflowType,omitempty"`
}

func (t *registered) info(kind string) typeInfo {
	i := typeInfo{
		CreationDate: t.CreationDate, DeprecationDate: t.DeprecationDate,
		Description: t.Description, Status: status(t.DeprecationDate != 0),
	}
	if name := t.typeName; kind == activityKind {
		i.ActivityType = &name
	} else {
		i.WorkflowType = &name
	}
	return i
}

// describeType implements DescribeActivityType and DescribeWorkflowType.
func (s *Server) describeType(c *call, in *typeInput) (any, error) {
	_, kind, t, err := s.find(in)
	if err != nil {
		return nil, err
	}
	return struct {
		Configuration typeDefaults `json:"configuration"`
		Info          typeInfo     `json:"typeInfo"`
	}{t.Defaults, t.info(kind)}, nil
}

type listTypesInput struct {
	pageInput
	Domain             string
	Name               *string
	RegistrationStatus string
}

// listActivityTypes implements the operation.
func (s *Server) listActivityTypes(c *call, in *listTypesInput) (any, error) {
	return s.listTypes(c, activityKind, in)
}

// listWorkflowTypes implements the operation.
func (s *Server) listWorkflowTypes(c *call, in *listTypesInput) (any, error) {
	return s.listTypes(c, workflowKind, in)
}

func (s *Server) listTypes(c *call, kind string, in *listTypesInput) (any, error) {
	d, err := s.domain(in.Domain)
	if err != nil {
		return nil, err
	}
	query := queryOf(c.operation, in.Domain, in.Name, in.RegistrationStatus, in.ReverseOrder)
	after, err := s.readToken(in.NextPageToken, query)
	if err != nil {
		return nil, err
	}
	found, last := d.types(kind).page(after, in.ReverseOrder, in.size(), func(t *registered) bool {
		return status(t.DeprecationDate != 0) == in.RegistrationStatus && (in.Name == nil || *in.Name == t.Name)
	})
	infos := make([]typeInfo, len(found))
	for k, t := range found {
		infos[k] = t.info(kind)
	}
	return struct {
		Next  string     `json:"nextPageToken,omitempty"`
		Infos []typeInfo `json:"typeInfos"`
	}{s.newToken(last, query), infos}, nil
}
