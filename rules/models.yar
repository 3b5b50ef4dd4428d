// Machine-learning models that are programs.

rule pickle_runs_code
{
    meta:
        description = "Python pickle that imports something which runs code"
        why = "loading it runs it"
        advice = "do not load it; ask for safetensors"
        severity = "high"
    strings:
        $global = /c(os|posix|nt|subprocess|builtins|__builtin__|runpy|webbrowser|socket|sys|pty|importlib|shutil)\n(system|popen|exec|execv|execve|eval|call|run|Popen|check_output|check_call|spawn|getattr|__import__|compile|open|run_path|import_module|rmtree)\n/
        $stack = /\x8c.(os|posix|nt|subprocess|builtins|__builtin__|runpy|pty|importlib|shutil)\x94?\x8c.(system|popen|exec|execv|execve|eval|call|run|Popen|check_output|check_call|spawn|getattr|__import__|compile|run_path|import_module|rmtree)\x94?\x93/s
    condition:
        any of them
}

rule keras_lambda_layer
{
    meta:
        description = "Keras model with a Lambda layer"
        why = "the layer is Python bytecode; loading the model runs it"
        advice = "load it with safe_mode, or not at all"
        severity = "medium"
    strings:
        $lambda = /"class_name"\s*:\s*"Lambda"/
    condition:
        $lambda
}
