// Package account is how we speak to AWS, or to a service that speaks its
// protocols: who we are, where it is, how often we try, and what went wrong, in
// words for people.
//
// Everything that the SDK reads is respected: the environment (AWS_REGION,
// AWS_PROFILE, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_SWF, AWS_MAX_ATTEMPTS, …), the
// files of `aws configure`, roles of machines and containers. What a [Config]
// says comes before.
//
// # Trying again
//
// There is one policy, the SDK's standard one, with exponential back-off and
// jitter, and nothing else tries a call again: it covers connections that break,
// the service's own troubles, throttling, clocks that differ, and credentials
// that have expired, which are then read anew from wherever they came.
//
// # On a laptop
//
// An endpoint needs no region, and one on the loopback interface no
// credentials: there, without any, requests are signed with a key that opens
// nothing.
package account
