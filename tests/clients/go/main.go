// The Go client github.com/denverdino/aliyungo (RPC, V1 signatures), as Debian packages it.
//
// Lines in, lines out; see languages.py for the form of a line.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"reflect"

	"github.com/denverdino/aliyungo/common"
	"github.com/denverdino/aliyungo/ram"
	"github.com/denverdino/aliyungo/sts"
)

type line struct {
	Service, Version, Action string
	Parameters               map[string]interface{}
	Key                      struct{ ID, Secret, Token string }
}

type refusal struct {
	Code    string      `json:"code"`
	Status  int         `json:"status"`
	Message string      `json:"message"`
	Detail  interface{} `json:"detail,omitempty"`
}

type answer struct {
	OK      json.RawMessage `json:"ok,omitempty"`
	Typed   interface{}     `json:"typed,omitempty"`
	Door    string          `json:"door,omitempty"`
	Refused *refusal        `json:"refused,omitempty"`
}

// tap keeps what came over the wire: the client's structs are of 2018 and drop newer fields, and
// its GetUser and GetRole drop errors.
type tap struct {
	inner  http.RoundTripper
	status int
	body   []byte
}

func (tap *tap) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := tap.inner.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if tap.body, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	tap.status = response.StatusCode
	response.Body = io.NopCloser(bytes.NewReader(tap.body))
	return response, nil
}

// Methods whose first form cannot hold the answer, or whose name is not the operation's.
var otherNames = map[string]string{
	"GetPolicyVersion":   "GetPolicyVersionNew",
	"ListGroups":         "ListGroup",
	"ListPolicyVersions": "ListPolicyVersionsNew",
}

// fill puts parameters into a request of the client, or says that one has no place there.
func fill(request reflect.Value, parameters map[string]interface{}) bool {
	for name, value := range parameters {
		field := request.FieldByName(name)
		if !field.IsValid() {
			return false
		}
		switch field.Kind() {
		case reflect.String:
			field.SetString(fmt.Sprint(value))
		case reflect.Int, reflect.Int8:
			number, ok := value.(float64)
			if !ok || number == 0 || field.OverflowInt(int64(number)) {
				return false
			}
			field.SetInt(int64(number))
		default:
			return false
		}
	}
	return true
}

// typed calls the client's own method for an operation, where it has one for these parameters.
func typed(client interface{}, do line) (result interface{}, err error, called bool) {
	name := do.Action
	if other, ok := otherNames[name]; ok {
		name = other
	}
	method := reflect.ValueOf(client).MethodByName(name)
	if !method.IsValid() || method.Type().NumIn() == 0 && len(do.Parameters) > 0 {
		return nil, nil, false
	}
	var arguments []reflect.Value
	if method.Type().NumIn() == 1 {
		request := reflect.New(method.Type().In(0)).Elem()
		if !fill(request, do.Parameters) {
			return nil, nil, false
		}
		arguments = append(arguments, request)
	}
	out := method.Call(arguments)
	err, _ = out[1].Interface().(error)
	return out[0].Interface(), err, true
}

// generic calls the client's door for operations and parameters that it does not know.
func generic(client *common.Client, do line) error {
	values := url.Values{}
	for name, value := range do.Parameters {
		switch value.(type) {
		case []interface{}:
			text, err := json.Marshal(value)
			if err != nil {
				return err
			}
			values.Set(name, string(text))
		default:
			values.Set(name, fmt.Sprint(value))
		}
	}
	var ignored json.RawMessage
	return client.Invoke(do.Action, values, &ignored)
}

func call(endpoint string, wire *tap, do line) (answer, error) {
	key := do.Key
	var client interface{}
	var door *common.Client
	if do.Service == "sts" {
		made := sts.NewClientWithEndpointAndSecurityToken(endpoint, key.ID, key.Secret, key.Token)
		client, door = made, &made.Client
	} else {
		made := ram.NewClientWithEndpointAndSecurityToken(endpoint, key.ID, key.Secret, key.Token)
		client, door = made, &made.(*ram.RamClient).Client
	}
	wire.status, wire.body = 0, nil
	said := answer{Door: "typed"}
	result, err, called := typed(client, do)
	if called {
		said.Typed = result
	} else {
		said.Door = "generic"
		err = generic(door, do)
	}
	if wire.status >= 400 {
		return refused(wire, err)
	}
	said.OK = wire.body
	return said, err
}

// refused tells the error as the client shows it, or as it came where the client drops it.
func refused(wire *tap, err error) (answer, error) {
	var body struct {
		Code, Message      string
		AccessDeniedDetail interface{}
	}
	if err := json.Unmarshal(wire.body, &body); err != nil {
		return answer{}, err
	}
	said := refusal{body.Code, wire.status, body.Message, body.AccessDeniedDetail}
	if shown, ok := err.(*common.Error); ok {
		said.Code, said.Status, said.Message = shown.Code, shown.StatusCode, shown.Message
	} else if err != nil {
		return answer{}, err
	}
	return answer{Refused: &said}, nil
}

func main() {
	// Without an address the client's own endpoints.
	endpoints := map[string]string{"ram": ram.RAMDefaultEndpoint, "sts": sts.STSDefaultEndpoint}
	if len(os.Args) > 1 {
		for service := range endpoints {
			endpoints[service] = "http://" + os.Args[1]
		}
	}
	wire := &tap{inner: http.DefaultTransport}
	http.DefaultTransport = wire
	lines := bufio.NewReader(os.Stdin)
	for {
		text, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return
		}
		var do line
		if err == nil {
			err = json.Unmarshal(text, &do)
		}
		var said answer
		if err == nil {
			said, err = call(endpoints[do.Service], wire, do)
		}
		if err != nil {
			log.Fatal(err)
		}
		out, err := json.Marshal(said)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(string(out))
	}
}
