// An application on an instance: aliyungo reads the role's credentials from the metadata service,
// and asks the token service at its own endpoint who it is.
package main

import (
	"fmt"
	"log"

	"github.com/denverdino/aliyungo/metadata"
	"github.com/denverdino/aliyungo/sts"
)

func main() {
	machine := metadata.NewMetaData(nil)
	role, err := machine.RoleName()
	if err != nil {
		log.Fatal(err)
	}
	key, err := machine.RamRoleToken(role)
	if err != nil {
		log.Fatal(err)
	}
	client := sts.NewClientWithSecurityToken(key.AccessKeyId, key.AccessKeySecret, key.SecurityToken)
	who, err := client.GetCallerIdentity()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(who.Arn)
}
