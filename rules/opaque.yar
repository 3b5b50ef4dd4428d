// Formats that hold a program or a file and that the inspector does not unpack: it analyses their bytes as they stand.

rule opaque_pe_packed
{
    meta:
        description = "Windows program that unpacks itself"
        why = "its code cannot be read before it runs; it begins in its last section, or in one that it may write to"
        advice = "unpack it with the tool of its packer and inspect that"
        severity = "medium"
        incomplete = "yes"
    strings:
        $aspack = { 2E 61 73 70 61 63 6B 00 }
    condition:
        uint16be(0) == 0x4D5A and uint32be(uint32(0x3C)) == 0x50450000 and uint16(uint32(0x3C) + 6) <= 96 and
        (
            $aspack in (0..4096) or
            for any i in (0..uint16(uint32(0x3C) + 6) - 1) :
            (
                uint32(uint32(0x3C) + 24 + uint16(uint32(0x3C) + 20) + 40 * i + 36) & 0xA0000000 == 0xA0000000
            )
            or
            (
                uint16(uint32(0x3C) + 6) > 1 and
                uint32(uint32(0x3C) + 40) >= uint32(uint32(0x3C) + 24 + uint16(uint32(0x3C) + 20) +
                    40 * (uint16(uint32(0x3C) + 6) - 1) + 12)
            )
        )
}

rule opaque_installer
{
    meta:
        description = "installer with an archive of its own"
        why = "what it installs is packed in a way that is not unpacked here"
        advice = "unpack it in a cell of its own and inspect that"
        severity = "info"
        incomplete = "yes"
    strings:
        $nsis = "NullsoftInst"
        $installshield = "InstallShield"
        $cabinet = "ISc("
        $inno = "Inno Setup Setup Data"
        $sis = { 19 04 00 10 }
    condition:
        (uint16be(0) == 0x4D5A and ($nsis or ($installshield and $cabinet) or $inno)) or $sis at 8
}

rule opaque_encoded_file
{
    meta:
        description = "file written as text in an encoding that is not decoded"
        why = "BinHex, encrypted or signed mail hide a file from who looks for its bytes"
        advice = "decode it and inspect that"
        severity = "info"
        incomplete = "yes"
    strings:
        $binhex = "(This file must be converted with BinHex"
        $cms = /-----BEGIN (PKCS7|CMS|PKCS #7 SIGNED DATA|PGP MESSAGE)-----\r?\n/
        $age = "-----BEGIN AGE ENCRYPTED FILE-----"
    condition:
        any of them
}
