// Magic bytes of containers. The inspector looks at each place where they stand, and opens what really begins there.

rule embedded_container
{
    meta:
        description = "container within another content"
        kind = "container"
        severity = "info"
    strings:
        $gzip = { 1F 8B 08 ( 00 | 01 | 04 | 08 | 0C | 10 | 14 | 18 | 1C ) }
        $zip = { 50 4B 03 04 ?? ?? ( 00 | 01 | 02 | 04 | 06 | 08 | 09 | 0A | 0C | 0E ) ?? }
        $seven_zip = { 37 7A BC AF 27 1C 00 }
        $rar = { 52 61 72 21 1A 07 ( 00 | 01 ) }
        $xz = { FD 37 7A 58 5A 00 00 }
        $bzip2 = { 42 5A 68 ( 31 | 32 | 33 | 34 | 35 | 36 | 37 | 38 | 39 ) ( 31 41 59 26 53 59 | 17 72 45 38 50 90 ) }
        $zstd = { 28 B5 2F FD }
        $lz4 = { 04 22 4D 18 }
        $lz4_legacy = { 02 21 4C 18 }
        $lzip = { 4C 5A 49 50 01 }
        $compress = { 1F 9D ( 89 | 8A | 8B | 8C | 8D | 8E | 8F | 90 ) }
        $lzma = { 5D 00 00 ?? ?? FF FF FF FF FF FF FF FF 00 }
        $cab = { 4D 53 43 46 00 00 00 00 }
        $cpio = { 30 37 30 37 30 ( 31 | 32 | 37 ) 30 }
        $ar = { 21 3C 61 72 63 68 3E 0A }
        $rpm = { ED AB EE DB ( 03 | 04 ) }
        $squashfs = { 68 73 71 73 }
        $tar = { 00 75 73 74 61 72 ( 00 30 30 | 20 20 00 ) }
        $ole = { D0 CF 11 E0 A1 B1 1A E1 }
        $iso = { 01 43 44 30 30 31 01 00 }
    condition:
        any of them
}

rule encoded_file
{
    meta:
        description = "file written as text"
        kind = "encoded"
        severity = "info"
    strings:
        $mail = "Content-Transfer-Encoding:" nocase
        $uuencode = /begin [0-7]{3,4} [^\n]{1,200}\n/
        $base64 = /begin-base64 [0-7]{3,4} /
        $data = ";base64,"
        $plist = "<data>"
        $rtf = "\\objdata"
    condition:
        any of them
}
