// Programs and scripts that do things for which a delivery has no reason.

rule eicar_test_file
{
    meta:
        description = "EICAR anti-virus test file"
        why = "harmless by agreement; it shows that inspection works"
        advice = "remove it"
        severity = "critical"
    strings:
        $eicar = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
    condition:
        $eicar at 0 and filesize <= 128
}

rule packed_upx
{
    meta:
        description = "program packed with UPX"
        why = "its code cannot be read before it runs"
        advice = "unpack it with upx -d and inspect that"
        severity = "medium"
        incomplete = "yes"
    strings:
        $magic = "UPX!"
        $section = "UPX0"
        $notice = "$Info: This file is packed with the UPX"
    condition:
        (uint32be(0) == 0x7F454C46 or uint16be(0) == 0x4D5A) and $magic and ($section in (0..4096) or $notice)
}

rule reverse_shell
{
    meta:
        description = "command that gives a shell to another host"
        why = "anybody who listens there controls this host"
        advice = "treat it as hostile"
        severity = "high"
    strings:
        $bash = /\bbash\s+-i\s+>&\s*\/dev\/(tcp|udp)\//
        $fd = /exec\s+\d+<>\s*\/dev\/(tcp|udp)\//
        $nc = /\b(nc|ncat|netcat)\s+[^\n]{0,80}-e\s*(\/bin\/)?(ba|z|da)?sh\b/
        $fifo = /mkfifo\s+\S+\s*;[^\n]{0,80}\|\s*(\/bin\/)?sh\s+-i/
        $python = /socket\.socket\([^\n]{0,200}os\.dup2\(/
    condition:
        any of them
}

rule download_and_run
{
    meta:
        description = "script that runs what it downloads"
        why = "what runs was never inspected"
        advice = "download it, read it, then decide"
        severity = "medium"
    strings:
        $curl = /\b(curl|wget)\s+[^\n|]{1,200}\|\s*(sudo\s+)?(ba|z|da)?sh\b/
        $powershell = /(IEX|Invoke-Expression)[^\n]{0,80}(DownloadString|Invoke-WebRequest|\biwr\b)/ nocase
        $encoded = /powershell(\.exe)?\s+[^\n]{0,80}-e(nc|ncodedcommand)?\s+[A-Za-z0-9+\/=]{40}/ nocase
    condition:
        any of them
}

rule web_shell
{
    meta:
        description = "PHP that executes what a request says"
        why = "a web shell"
        advice = "treat it as hostile"
        severity = "high"
    strings:
        $php = "<?php" nocase
        $short = "<?="
        $run = /\b(eval|assert|system|exec|shell_exec|passthru|popen|proc_open)\s*\(\s*(base64_decode\s*\(\s*|gzinflate\s*\(\s*|str_rot13\s*\(\s*){0,3}\$_(GET|POST|REQUEST|COOKIE|SERVER)\b/ nocase
    condition:
        ($php or $short) and $run
}

rule coin_miner
{
    meta:
        description = "connection to a mining pool"
        why = "it spends the host's processor for somebody else"
        advice = "treat it as hostile"
        severity = "high"
    strings:
        $stratum = /stratum\+(tcp|ssl|udp):\/\/[A-Za-z0-9]/
    condition:
        $stratum
}

rule install_hook_downloads
{
    meta:
        description = "package that downloads or runs a shell at installation"
        why = "installing it is enough to be attacked"
        advice = "install with scripts off"
        severity = "medium"
    strings:
        $hook = /"(pre|post)?install"\s*:\s*"[^"\n]{0,300}(curl|wget|bash|powershell|node\s+-e|base64)/
    condition:
        $hook
}

rule persistence_cron_or_keys
{
    meta:
        description = "script that plants a key or a scheduled job"
        why = "it stays after it was removed"
        advice = "read it before it runs"
        severity = "medium"
    strings:
        $keys = />>?\s*[^\s;]{0,80}\.ssh\/authorized_keys/
        $cron = /\|\s*crontab\s+-/
        $preload = />>?\s*\/etc\/ld\.so\.preload/
    condition:
        any of them
}
