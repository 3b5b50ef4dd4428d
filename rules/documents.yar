// Documents that do something when they are opened.

rule pdf_javascript
{
    meta:
        description = "PDF with JavaScript"
        why = "scripts in documents are how readers are attacked"
        advice = "open it only with scripts off, or print it to images"
        severity = "medium"
    strings:
        $js = /\/(JavaScript|JS)[ \t\r\n]*[\/(<\[0-9]/
    condition:
        uint32be(0) == 0x25504446 and $js
}

rule pdf_launch
{
    meta:
        description = "PDF that starts a program"
        why = "a launch action runs a command of its author"
        advice = "do not open it"
        severity = "high"
    strings:
        $launch = /\/S[ \t\r\n]*\/Launch\b/
    condition:
        uint32be(0) == 0x25504446 and $launch
}

rule pdf_embedded_file
{
    meta:
        description = "PDF with an embedded file"
        why = "an attachment passes by filters that see a document"
        advice = "extract it and inspect it too"
        severity = "low"
    strings:
        $embedded = "/EmbeddedFile"
    condition:
        uint32be(0) == 0x25504446 and $embedded
}

rule office_vba
{
    meta:
        description = "Office document with VBA macros"
        why = "macros run with the rights of the reader"
        advice = "ask for it without macros"
        severity = "medium"
    strings:
        $project = "_VBA_PROJECT" wide
        $attribute = "Attribut\x00e VB_Nam\x00e"
    condition:
        uint32be(0) == 0xD0CF11E0 and any of them
}

rule office_vba_autorun
{
    meta:
        description = "Office macros that start by themselves"
        why = "opening the document is enough"
        advice = "do not open it"
        severity = "high"
    strings:
        $project = "_VBA_PROJECT" wide
        $auto = /(Auto_?Open|Document_?Open|Workbook_?Open|AutoExec)/ nocase
    condition:
        uint32be(0) == 0xD0CF11E0 and all of them
}

rule ooxml_remote_template
{
    meta:
        description = "Office document that loads a template from elsewhere"
        why = "macros come from another server when it is opened"
        advice = "do not open it with a network"
        severity = "high"
    strings:
        $template_first = /<Relationship [^>]{0,600}attachedTemplate"[^>]{0,600}Target="(https?:|ftp:|\\\\|file:\/\/[^\/])/ nocase
        $target_first = /<Relationship [^>]{0,600}Target="(https?:|ftp:|\\\\|file:\/\/[^\/])[^>]{0,600}attachedTemplate"/ nocase
    condition:
        any of them
}

rule rtf_object
{
    meta:
        description = "RTF with an embedded object"
        why = "objects carry programs and exploits (CVE-2017-0199, CVE-2017-11882)"
        advice = "open it where it can do no harm"
        severity = "medium"
    strings:
        $object = /\\obj(data|emb|ocx)\b/
    condition:
        uint32be(0) == 0x7B5C7274 and $object
}

rule rtf_object_loads_itself
{
    meta:
        description = "RTF with an object that loads by itself"
        why = "opening the document is enough (CVE-2017-0199)"
        advice = "do not open it"
        severity = "high"
    strings:
        $object = /\\obj(update|autlink)\b/
    condition:
        uint32be(0) == 0x7B5C7274 and $object
}

rule windows_shortcut_command
{
    meta:
        description = "Windows shortcut that starts a command interpreter"
        why = "a click runs a command of its author"
        advice = "remove it"
        severity = "high"
    strings:
        $interpreter = /(cmd\.exe|powershell|mshta|wscript|rundll32|regsvr32)/ nocase ascii wide
    condition:
        uint32be(0) == 0x4C000000 and uint32be(4) == 0x01140200 and $interpreter
}
