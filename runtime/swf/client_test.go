package swf_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/swf/types"

	sdk "github.com/aws/aws-sdk-go-v2/service/swf"
	"github.com/flowc/flowc/runtime/swf"
	"github.com/flowc/flowc/runtime/swf/account"
	"github.com/flowc/flowc/runtime/swfserver"
)

// alone makes sure that a test sees no settings but its own.
func alone(t *testing.T) {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SWF", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
		os.Unsetenv(name)
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "credentials"))
}

// answering serves an SWF that answers every call in one way.
func answering(t *testing.T, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func fault(kind, message string) string {
	return fmt.Sprintf(`{"__type":"com.amazonaws.swf.base.model#%s","message":%q}`, kind, message)
}

func TestWhatGoesWrongIsSaidInOneSentence(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	for _, test := range []struct {
		name     string
		env      map[string]string
		region   string
		profile  string
		endpoint string
		want     string
	}{
		{"no region", nil, "", "", "", "no AWS region is named: say --region, or set AWS_REGION"},
		{"no credentials", nil, "eu-west-1", "", "", "there are no AWS credentials: set AWS_ACCESS_KEY_ID and "},
		{"no credentials for an endpoint elsewhere", nil, "", "", "http://192.0.2.1", "there are no AWS credentials: "},
		{"no profile", nil, "", "abroad", "", "there is no profile `abroad` in the files of `aws configure`"},
		{"no address", nil, "", "", "localhost:80", "the endpoint `localhost:80` is no address"},
		{"nothing listens", nil, "", "", closed.URL, closed.URL + " cannot be reached: connection refused"},
		{"no host", map[string]string{"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "hush"}, "", "", "http://nowhere.invalid", "http://nowhere.invalid cannot be reached: there is no host `nowhere.invalid`"},
		{"expired", nil, "", "", answering(t, 400, fault("ExpiredTokenException", "The security token is expired: hush")), "the AWS credentials have expired (ExpiredTokenException)"},
		{"unknown key", nil, "", "", answering(t, 400, fault("UnrecognizedClientException", "hush")), "AWS does not know these credentials, or the clock of this machine is wrong"},
		{"denied", nil, "", "", answering(t, 400, fault("AccessDeniedException", "User ann is not authorized")), "these AWS credentials may not do CountPendingDecisionTasks: User ann is not authorized"},
		{"no domain", nil, "", "", swfserver.Start(t).URL, "there is no such SWF domain in this region and account: unknown domain: shop"},
		{"throttled", nil, "", "", answering(t, 400, fault("ThrottlingException", "Rate exceeded")), "CountPendingDecisionTasks is throttled, and was so at every attempt"},
		{"in trouble", nil, "", "", answering(t, 500, fault("InternalFailure", "")), "the service is in trouble: CountPendingDecisionTasks gave 500"},
		{"a page of the web", nil, "", "", answering(t, 200, "<html>"), "what answers does not speak the protocol of the service"},
		{"a missing page of the web", nil, "", "", answering(t, 404, "<html>"), "what answers does not speak the protocol of the service"},
		{"a region that cannot be", map[string]string{"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "hush"}, "a b", "", "", "`a b` is no AWS region"},
	} {
		t.Run(test.name, func(t *testing.T) {
			alone(t)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			ctx := context.Background()
			c := swf.Config{Domain: "shop", Endpoint: test.endpoint, Config: account.Config{Region: test.region, Profile: test.profile, Attempts: 1}}
			client, err := swf.Connect(ctx, c)
			if err == nil {
				_, err = client.CountPendingDecisionTasks(ctx, &sdk.CountPendingDecisionTasksInput{Domain: &client.Domain, TaskList: &types.TaskList{Name: &client.Domain}})
				err = account.Explain(err)
			}
			var u *account.Unreachable
			if !errors.As(err, &u) || !strings.HasPrefix(err.Error(), test.want) {
				t.Fatalf("got %v, want %s…", err, test.want)
			}
			if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q says too much", err)
			}
		})
	}
}

func TestARefusalSaysWhatTheServiceSaid(t *testing.T) {
	alone(t)
	client, err := swf.Connect(context.Background(), swf.Config{Domain: "shop", Endpoint: answering(t, 400, fault("UnknownResourceFault", "Unknown execution, workflowId = w"))})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.TerminateWorkflowExecution(context.Background(), &sdk.TerminateWorkflowExecutionInput{Domain: &client.Domain, WorkflowId: &client.Domain})
	if got, want := account.Explain(err).Error(), "TerminateWorkflowExecution was refused: Unknown execution, workflowId = w (UnknownResourceFault)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestExpiredCredentialsAreReadAnew shows that whoever replaces the file of
// credentials need not start a process again.
func TestExpiredCredentialsAreReadAnew(t *testing.T) {
	alone(t)
	file := os.Getenv("AWS_SHARED_CREDENTIALS_FILE")
	write := func(key string) {
		text := "[default]\naws_access_key_id = " + key + "\naws_secret_access_key = hush\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("OLD")
	var refused atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.Header.Get("Authorization"), "Credential=OLD/") {
			refused.Add(1)
			write("NEW")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, fault("ExpiredTokenException", "expired"))
			return
		}
		fmt.Fprint(w, `{"count":3}`)
	}))
	defer s.Close()
	client, err := swf.Connect(context.Background(), swf.Config{Domain: "shop", Endpoint: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	out, err := client.CountPendingDecisionTasks(context.Background(), &sdk.CountPendingDecisionTasksInput{Domain: &client.Domain, TaskList: &types.TaskList{Name: &client.Domain}})
	if err != nil || out.Count != 3 || refused.Load() != 1 {
		t.Errorf("got %v, %v after %d refusals, want 3 after 1", out, err, refused.Load())
	}
}
