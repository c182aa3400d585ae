"""How users sign in, with the vendor's client: passwords, MFA devices and what an account asks."""

import base64
import hashlib
import hmac
import struct
import time

import pytest
from alibabacloud_ram20150501 import models as ram
from Tea.exceptions import TeaException

from cloud import Cloud

FIRST = "correct-Horse-1"
SECOND = "battery-Staple-2"


def refused(code, status, call, *arguments):
    with pytest.raises(TeaException) as raised:
        call(*arguments)
    assert (raised.value.code, raised.value.data.get("statusCode")) == (code, status)


def user(server, client, name):
    """A user without a policy, with an AccessKey, and its clients."""
    client.create_user(ram.CreateUserRequest(user_name=name, display_name=name.title()))
    key = client.create_access_key(ram.CreateAccessKeyRequest(user_name=name)).body.access_key
    return Cloud(server, key.access_key_id, key.access_key_secret)


def code(seed, later=0):
    """What an authenticator app shows so many half minutes from now: RFC 6238."""
    step = int(time.time()) // 30 + later
    tag = hmac.new(base64.b32decode(seed), struct.pack(">Q", step), hashlib.sha1).digest()
    place = tag[-1] & 0xF
    number = struct.unpack(">I", tag[place:place + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06}"


def change(old, new):
    return ram.ChangePasswordRequest(old_password=old, new_password=new)


def test_a_password_from_its_setting_to_its_end(server):
    client = Cloud(server).ram
    alice = user(server, client, "alice")
    policy = client.set_password_policy(ram.SetPasswordPolicyRequest(
        minimum_password_length=12, require_lowercase_characters=True,
        require_uppercase_characters=True, require_numbers=True, require_symbols=True,
        password_reuse_prevention=2, max_login_attemps=4, max_password_age=90,
        hard_expiry=False)).body.password_policy
    assert (policy.minimum_password_length, policy.max_login_attemps) == (12, 4)
    assert (policy.require_symbols, policy.hard_expiry) == (True, False)
    shown = client.get_password_policy().body.password_policy
    assert shown.to_map() == policy.to_map()

    weak = ram.CreateLoginProfileRequest(user_name="alice", password="correct-horse")
    refused("InvalidParameter.Password.TooWeak", 400, client.create_login_profile, weak)
    made = client.create_login_profile(ram.CreateLoginProfileRequest(
        user_name="alice", password=FIRST, password_reset_required=True)).body.login_profile
    assert (made.user_name, made.password_reset_required) == ("alice", True)
    assert made.mfabind_required is False
    refused("EntityAlreadyExists.User.LoginProfile", 409, client.create_login_profile,
            ram.CreateLoginProfileRequest(user_name="alice", password=FIRST))
    refused("DeleteConflict.User.AccessKey", 409, client.delete_user,
            ram.DeleteUserRequest(user_name="alice"))

    # The user does it with its own key, and without a policy; only to itself.
    refused("InvalidParameter.OldPassword.Incorrect", 400, alice.ram.change_password,
            change("wrong", SECOND))
    refused("InvalidParameter.NewPassword.TooWeak", 400, alice.ram.change_password,
            change(FIRST, "short"))
    refused("InvalidParameter.NewPassword.ReusePrevention", 400, alice.ram.change_password,
            change(FIRST, FIRST))
    alice.ram.change_password(change(FIRST, SECOND))
    refused("NoPermission", 403, alice.ram.get_login_profile,
            ram.GetLoginProfileRequest(user_name="alice"))
    refused("NotSupport.Account", 400, client.change_password, change(SECOND, FIRST))
    profile = ram.GetLoginProfileRequest(user_name="alice")
    assert client.get_login_profile(profile).body.login_profile.password_reset_required is False

    server.restart()
    client = Cloud(server).ram
    # What was tried in vain counts, over a restart too.
    for _ in range(4):
        refused("InvalidParameter.OldPassword.Incorrect", 400, alice.ram.change_password,
                change("wrong", FIRST))
    refused("InvalidParameter.OldPassword.Incorrect", 400, alice.ram.change_password,
            change(SECOND, "third-Password-3"))
    client.update_login_profile(ram.UpdateLoginProfileRequest(
        user_name="alice", password=FIRST, mfabind_required=True))
    assert client.get_login_profile(profile).body.login_profile.mfabind_required is True
    alice.ram.change_password(change(FIRST, "third-Password-3"))

    client.set_security_preference(
        ram.SetSecurityPreferenceRequest(allow_user_to_change_password=False))
    refused("NoPermission", 403, alice.ram.change_password, change("third-Password-3", SECOND))
    client.delete_login_profile(ram.DeleteLoginProfileRequest(user_name="alice"))
    refused("EntityNotExist.User.LoginProfile", 404, client.get_login_profile, profile)


def test_a_device_from_its_picture_to_its_end(server):
    client = Cloud(server).ram
    alice, bob = user(server, client, "alice"), user(server, client, "bob")
    device = alice.ram.create_virtual_mfadevice(ram.CreateVirtualMFADeviceRequest(
        virtual_mfadevice_name="alices.phone")).body.virtual_mfadevice
    account = server.ready["account_id"]
    assert device.serial_number == f"acs:ram::{account}:mfa/alices.phone"
    assert base64.b64decode(device.qrcode_png).startswith(b"\x89PNG\r\n\x1a\n")
    seed, serial = device.base_32string_seed, device.serial_number
    refused("EntityAlreadyExists.VirtualMFADevice", 409, client.create_virtual_mfadevice,
            ram.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="Alices.Phone"))

    def bind(user_name, first, second):
        return ram.BindMFADeviceRequest(
            user_name=user_name, serial_number=serial,
            authentication_code_1=first, authentication_code_2=second)

    refused("InvalidParameter.AuthenticationCode.Format", 400, alice.ram.bind_mfadevice,
            bind("alice", " 12345", "123456"))
    refused("CheckAuthenticationCodeFail", 403, alice.ram.bind_mfadevice,
            bind("alice", code(seed, -9), code(seed, -8)))
    refused("NoPermission", 403, bob.ram.bind_mfadevice,
            bind("alice", code(seed, -1), code(seed)))
    codes = code(seed, -1), code(seed)
    alice.ram.bind_mfadevice(bind("alice", *codes))
    info = ram.GetUserMFAInfoRequest(user_name="alice")
    shown = alice.ram.get_user_mfainfo(info).body.mfadevice
    assert (shown.serial_number, shown.type) == (serial, "VMFA")
    listed = client.list_virtual_mfadevices().body.virtual_mfadevices.virtual_mfadevice
    assert [(it.serial_number, it.user.user_name, it.user.display_name) for it in listed] == [
        (serial, "alice", "Alice")]
    refused("NoPermission", 403, bob.ram.list_virtual_mfadevices)
    refused("EntityNotExist.User.MFADevice", 404, bob.ram.get_user_mfainfo,
            ram.GetUserMFAInfoRequest(user_name="bob"))
    refused("NoPermission", 403, bob.ram.unbind_mfadevice,
            ram.UnbindMFADeviceRequest(user_name="alice"))
    delete = ram.DeleteVirtualMFADeviceRequest(serial_number=serial)
    refused("DeleteConflict.VirtualMFADevice.User", 409, client.delete_virtual_mfadevice, delete)

    server.restart()
    client = Cloud(server).ram
    client.update_user(ram.UpdateUserRequest(user_name="alice", new_user_name="carol"))
    info = ram.GetUserMFAInfoRequest(user_name="carol")
    assert client.get_user_mfainfo(info).body.mfadevice.serial_number == serial
    taken = client.unbind_mfadevice(ram.UnbindMFADeviceRequest(user_name="carol"))
    assert taken.body.mfadevice.serial_number == serial
    refused("CheckAuthenticationCodeFail", 403, client.bind_mfadevice, bind("carol", *codes))
    client.delete_virtual_mfadevice(delete)
    refused("EntityNotExist.VirtualMFADevice", 404, client.delete_virtual_mfadevice, delete)


def test_an_alias_and_a_preference_are_kept(server):
    client = Cloud(server).ram
    alice = user(server, client, "alice")
    client.set_account_alias(ram.SetAccountAliasRequest(account_alias="acme-1"))
    assert client.get_account_alias().body.account_alias == "acme-1"
    refused("InvalidParameter.AccountAlias.Format", 400, client.set_account_alias,
            ram.SetAccountAliasRequest(account_alias="acme--1"))
    refused("NoPermission", 403, alice.ram.clear_account_alias)

    refused("NoPermission", 403, alice.ram.create_access_key, ram.CreateAccessKeyRequest())
    asked = ram.SetSecurityPreferenceRequest(
        allow_user_to_manage_access_keys=True, allow_user_to_manage_mfadevices=False,
        login_network_masks="192.168.0.0/16;10.0.0.0/8", login_session_duration=8)
    refused("NoPermission", 403, alice.ram.set_security_preference, asked)
    client.set_security_preference(asked)
    assert alice.ram.create_access_key(ram.CreateAccessKeyRequest()).body.access_key.access_key_secret
    refused("NoPermission", 403, alice.ram.create_access_key,
            ram.CreateAccessKeyRequest(user_name="bob"))
    refused("NoPermission", 403, alice.ram.create_virtual_mfadevice,
            ram.CreateVirtualMFADeviceRequest(virtual_mfadevice_name="phone"))

    server.restart()
    client = Cloud(server).ram
    assert client.get_account_alias().body.account_alias == "acme-1"
    preference = client.get_security_preference().body.security_preference
    assert preference.access_key_preference.allow_user_to_manage_access_keys is True
    assert preference.mfapreference.allow_user_to_manage_mfadevices is False
    login = preference.login_profile_preference
    assert login.login_network_masks == "192.168.0.0/16;10.0.0.0/8"
    assert (login.login_session_duration, login.allow_user_to_change_password) == (8, True)
    client.clear_account_alias()
    assert not client.get_account_alias().body.account_alias
