// Secrets, recognised by the forms that their issuers give them. No secret is ever shown.

rule secret_private_key
{
    meta:
        description = "private key"
        why = "anybody who has the secret can act as its owner"
        advice = "revoke it and make a new one"
        severity = "high"
        kind = "private-key"
    strings:
        $pem = /-----BEGIN (RSA |EC |DSA |OPENSSH |PGP )?PRIVATE KEY( BLOCK)?-----/
    condition:
        $pem
}

rule secret_encrypted_private_key
{
    meta:
        description = "private key that a passphrase protects"
        why = "who guesses the passphrase can act as its owner"
        advice = "make a new one if the passphrase may be known or weak"
        severity = "medium"
        kind = "private-key"
    strings:
        $pem = "-----BEGIN ENCRYPTED PRIVATE KEY-----"
    condition:
        $pem
}

rule secret_aws_access_key
{
    meta:
        description = "AWS access key"
        why = "anybody who has the secret acts on the account"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $key = /\b(AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b/
    condition:
        $key
}

rule secret_github_token
{
    meta:
        description = "GitHub token"
        why = "anybody who has the secret acts on the repositories"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $token = /\bgh[pousr]_[A-Za-z0-9]{36}\b/
        $fine = /\bgithub_pat_[A-Za-z0-9_]{82}\b/
    condition:
        any of them
}

rule secret_gitlab_token
{
    meta:
        description = "GitLab token"
        why = "anybody who has the secret acts on the projects"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $token = /\bglpat-[A-Za-z0-9_\-]{20}/
    condition:
        $token
}

rule secret_slack_token
{
    meta:
        description = "Slack token or webhook"
        why = "anybody who has the secret reads and writes messages"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $token = /\bxox[abposr]-[0-9]{10,13}-[A-Za-z0-9\-]{10,60}/
        $hook = /https:\/\/hooks\.slack\.com\/services\/T[A-Z0-9]{8,12}\/B[A-Z0-9]{8,12}\/[A-Za-z0-9]{24}/
    condition:
        any of them
}

rule secret_google_api_key
{
    meta:
        description = "Google API key"
        why = "anybody who has the secret uses the account"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $key = /\bAIza[A-Za-z0-9_\-]{35}/
    condition:
        $key
}

rule secret_stripe_key
{
    meta:
        description = "Stripe live key"
        why = "anybody who has the secret moves money"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $key = /\b[sr]k_live_[A-Za-z0-9]{24,99}\b/
    condition:
        $key
}

rule secret_json_web_token
{
    meta:
        description = "JSON web token"
        why = "until the secret expires, anybody who has it can act as its owner"
        advice = "revoke the session"
        severity = "medium"
        kind = "secret"
    strings:
        $token = /\beyJ[A-Za-z0-9_\-]{10,300}\.eyJ[A-Za-z0-9_\-]{10,300}\.[A-Za-z0-9_\-]{20,300}/
    condition:
        $token
}

rule secret_connection_string
{
    meta:
        description = "connection string with a password"
        why = "anybody who has the secret reaches the database"
        advice = "change the password"
        severity = "high"
        kind = "secret"
    strings:
        $uri = /\b(postgres(ql)?|mysql|mariadb|mongodb(\+srv)?|redis|rediss|amqps?|mssql):\/\/[A-Za-z0-9_\-]{1,64}:[^@\s\/'"<>{}$]{6,128}@[A-Za-z0-9.\-]{3,100}/
    condition:
        $uri
}

rule secret_npm_or_pypi_token
{
    meta:
        description = "package registry token"
        why = "anybody who has the secret publishes packages"
        advice = "revoke it"
        severity = "high"
        kind = "secret"
    strings:
        $npm = /\bnpm_[A-Za-z0-9]{36}\b/
        $pypi = /\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_\-]{50,200}/
    condition:
        any of them
}
