package swfserver

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// A domain holds types and runs; ids are unique within it.
type domain struct {
	server        *Server
	record        domainRecord
	activityTypes sorted[*registered]
	workflowTypes sorted[*registered]
	open          map[string]*execution // the open run of each workflow id
	opened        timeline              // the open runs by the time of their start
	all           timeline              // all runs by the time of their start
	closed        timeline              // the closed runs by the time of their close
	decisionLists taskLists
	activityLists taskLists
}

// A domainRecord is what is on record of a domain.
type domainRecord struct {
	Name        string
	Description *string
	ARN         string
	Retention   string // days, or NONE
	Deprecated  bool
	Tags        []resourceTag // in the order of their keys
}

type resourceTag struct {
	Key   string  `json:"key"`
	Value *string `json:"value,omitempty"`
}

func newDomain(s *Server, r domainRecord) *domain {
	d := &domain{server: s, record: r, open: map[string]*execution{}}
	d.decisionLists = taskLists{byName: map[string]*taskList{}, start: startDecision, server: s}
	d.activityLists = taskLists{byName: map[string]*taskList{}, start: startActivity, server: s}
	return d
}

// retention returns how long a closed run is kept.
func (d *domain) retention() stamp {
	days, _ := strconv.Atoi(d.record.Retention)
	return stamp(days) * 24 * 3600 * 1000
}

func (d *domain) save() { d.server.batch.put(domainKind, d.record.Name, d.record) }

func status(deprecated bool) string {
	if deprecated {
		return "DEPRECATED"
	}
	return "REGISTERED"
}

type domainInfo struct {
	ARN         string  `json:"arn"`
	Description *string `json:"description,omitempty"`
	Name        string  `json:"name"`
	Status      string  `json:"status"`
}

func (d *domain) info() domainInfo {
	return domainInfo{d.record.ARN, d.record.Description, d.record.Name, status(d.record.Deprecated)}
}

// domain returns the domain of a name.
func (s *Server) domain(name string) (*domain, error) {
	if d, ok := s.domains.get(name); ok {
		return d, nil
	}
	return nil, unknown("Unknown domain: %s", name)
}

// active returns the domain of a name in which new things may be made.
func (s *Server) active(name string) (*domain, error) {
	d, err := s.domain(name)
	if err == nil && d.record.Deprecated {
		return nil, modelFault("DomainDeprecatedFault", "%s", name)
	}
	return d, err
}

type domainInput struct {
	Name                                   string
	Description                            *string
	WorkflowExecutionRetentionPeriodInDays string
	Tags                                   []resourceTag
}

// registerDomain implements the operation.
func (s *Server) registerDomain(c *call, in *domainInput) (any, error) {
	const member = "workflowExecutionRetentionPeriodInDays"
	days := in.WorkflowExecutionRetentionPeriodInDays
	if n, err := strconv.Atoi(days); days != "NONE" && (err != nil || !digits(days) || n > 90) {
		return nil, invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must be NONE or a number of days less than or equal to 90", days, member)
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	if _, ok := s.domains.get(in.Name); ok {
		return nil, modelFault("DomainAlreadyExistsFault", "%s", in.Name)
	}
	if len(s.domains.keys) >= s.config.Quotas.Domains {
		return nil, limitExceeded("Limit on maximum number of domains reached")
	}
	arn := fmt.Sprintf("arn:aws:swf:%s:%s:/domain/%s", c.region, s.config.Account, in.Name)
	d := newDomain(s, domainRecord{Name: in.Name, Description: in.Description, ARN: arn, Retention: days, Tags: tags})
	s.domains.put(in.Name, d)
	d.save()
	return nil, nil
}

// describeDomain implements the operation.
func (s *Server) describeDomain(c *call, in *domainInput) (any, error) {
	d, err := s.domain(in.Name)
	if err != nil {
		return nil, err
	}
	type configuration struct {
		Retention string `json:"workflowExecutionRetentionPeriodInDays"`
	}
	return struct {
		Configuration configuration `json:"configuration"`
		Info          domainInfo    `json:"domainInfo"`
	}{configuration{d.record.Retention}, d.info()}, nil
}

// deprecateDomain implements the operation.
func (s *Server) deprecateDomain(c *call, in *domainInput) (any, error) {
	d, err := s.active(in.Name)
	if err != nil {
		return nil, err
	}
	d.record.Deprecated = true
	d.save()
	for _, kind := range []string{activityKind, workflowKind} {
		for _, t := range d.types(kind).items {
			if t.DeprecationDate == 0 {
				d.setDeprecated(kind, t, s.time)
			}
		}
	}
	return nil, nil
}

// undeprecateDomain implements the operation.
func (s *Server) undeprecateDomain(c *call, in *domainInput) (any, error) {
	d, err := s.domain(in.Name)
	if err != nil {
		return nil, err
	}
	if !d.record.Deprecated {
		return nil, modelFault("DomainAlreadyExistsFault", "%s", in.Name)
	}
	d.record.Deprecated = false
	d.save()
	return nil, nil
}

type listDomainsInput struct {
	pageInput
	RegistrationStatus string
}

// listDomains implements the operation.
func (s *Server) listDomains(c *call, in *listDomainsInput) (any, error) {
	query := queryOf(c.operation, in.RegistrationStatus, in.ReverseOrder)
	after, err := s.readToken(in.NextPageToken, query)
	if err != nil {
		return nil, err
	}
	found, last := s.domains.page(after, in.ReverseOrder, in.size(), func(d *domain) bool {
		return status(d.record.Deprecated) == in.RegistrationStatus
	})
	infos := make([]domainInfo, len(found))
	for k, d := range found {
		infos[k] = d.info()
	}
	return struct {
		Infos []domainInfo `json:"domainInfos"`
		Next  string       `json:"nextPageToken,omitempty"`
	}{infos, s.newToken(last, query)}, nil
}

type tagsInput struct {
	ResourceARN string
	Tags        []resourceTag
	TagKeys     []string
}

// resource returns the domain of an ARN.
func (s *Server) resource(arn string) (*domain, error) {
	_, name, ok := strings.Cut(arn, ":/domain/")
	d, err := s.domain(name)
	if !ok || err != nil || d.record.ARN != arn {
		return nil, unknown("Unknown resource: %s", arn)
	}
	return d, nil
}

// maxTags is how many tags a domain may have.
const maxTags = 50

// withTags returns tags with more of them.
func withTags(tags, more []resourceTag) ([]resourceTag, error) {
	tags = slices.Clone(tags)
	for _, t := range more {
		for _, text := range []*string{&t.Key, t.Value} {
			if text != nil && strings.ContainsFunc(*text, notInTag) {
				return nil, invalid("The tag '%s' contains a character that is not allowed", *text)
			}
		}
		k, found := slices.BinarySearchFunc(tags, t.Key, func(t resourceTag, key string) int { return strings.Compare(t.Key, key) })
		if found {
			tags[k] = t
		} else if tags = slices.Insert(tags, k, t); len(tags) > maxTags {
			return nil, modelFault("TooManyTagsFault", "A resource can have at most %d tags", maxTags)
		}
	}
	return tags, nil
}

func notInTag(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !strings.ContainsRune("_.:/=+-@", r)
}

// tagResource implements the operation.
func (s *Server) tagResource(c *call, in *tagsInput) (any, error) {
	d, err := s.resource(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	tags, err := withTags(d.record.Tags, in.Tags)
	if err != nil {
		return nil, err
	}
	d.record.Tags = tags
	d.save()
	return nil, nil
}

// untagResource implements the operation.
func (s *Server) untagResource(c *call, in *tagsInput) (any, error) {
	d, err := s.resource(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	gone := map[string]bool{}
	for _, key := range in.TagKeys {
		gone[key] = true
	}
	d.record.Tags = slices.DeleteFunc(slices.Clone(d.record.Tags), func(t resourceTag) bool { return gone[t.Key] })
	d.save()
	return nil, nil
}

// listTagsForResource implements the operation.
func (s *Server) listTagsForResource(c *call, in *tagsInput) (any, error) {
	d, err := s.resource(in.ResourceARN)
	if err != nil {
		return nil, err
	}
	return struct {
		Tags []resourceTag `json:"tags"`
	}{append([]resourceTag{}, d.record.Tags...)}, nil
}
