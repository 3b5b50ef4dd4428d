/// What a client reads about the tools of `immure mcp`.
#pragma once

#include <string_view>

namespace immure::cli::mcp {

inline constexpr std::string_view kRunText =
    "Runs one program of this machine in a sandbox that immure tests before the program starts. The program gets no "
    "network, reads the input below /in, writes files to /out, and sees nothing else of the machine. It cannot start a "
    "second program: to run source code, give the code as `stdin` or with an option of the interpreter (python3 -c "
    "CODE), or name a script of the input (python3 /in/script.py). The output directory must be empty or new; immure "
    "copies the files of /out there when the program has ended. The result has the exit code, what the program "
    "printed, and the SHA-256 of each output file; and, if the operator gave a key, the signed evidence and the "
    "verifier's verdict. A run is BLOCKED if the program never started; the sentence says why.";

inline constexpr std::string_view kExplainText =
    "Runs a program as `run` does, but keeps no output and signs nothing, and says what stood in the program's way: "
    "each refused call, each write that could not succeed, each path that the sandbox does not have, and which "
    "argument "
    "helps. Use explain when a program fails in `run`.";

inline constexpr std::string_view kVerifyText =
    "Checks evidence that a run has left, with the public keys of the operator. ACCEPTED: the evidence is authentic "
    "and complete, and the sandbox held. REJECTED: the evidence is authentic, and something does not hold. BLOCKED: "
    "the evidence cannot be appraised. Executes nothing and writes nothing.";

inline constexpr std::string_view kShowText =
    "Shows everything that evidence says about a run, as JSON, without a verdict. Executes nothing and writes nothing.";

inline constexpr std::string_view kDoctorText =
    "Says in which ways this machine can build the sandbox, what is missing, and which command would fix the problem. "
    "Executes no such command, and leaves nothing behind.";

inline constexpr std::string_view kInspectText =
    "Inspects a directory of files that nobody trusts, in a sandbox: says for each file what the file really is and "
    "what is dangerous about it, and writes a report as JSON, SARIF and a manifest into the output directory, which "
    "must be empty or new. Exit code 1: the inspector found something of the severity `failOn` or above.";

inline constexpr std::string_view kRunSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["input", "output", "program"],
  "properties": {
    "input": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 64,
      "description": "Paths of files or directories that the program may read. One directory becomes /in; files and several directories each lie below /in under their own names."},
    "output": {"type": "string", "description": "Path of an empty or new directory for the files that the program writes to /out."},
    "program": {"type": "string", "description": "Name of the program, such as sort or python3."},
    "arguments": {"type": "array", "items": {"type": "string"}, "maxItems": 4096,
      "description": "Arguments of the program. No shell expands them. Paths are those of the sandbox, such as /in/a.txt."},
    "stdin": {"type": "string", "description": "Text that the program reads as standard input. Without it, standard input is empty."},
    "env": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 256,
      "description": "Variables of the program. The program gets no variables of this machine."},
    "workdir": {"type": "string", "description": "Directory of the sandbox in which the program starts, such as /in. The default is /."},
    "tmp": {"type": "string", "description": "Size of a directory /tmp for temporary files, such as 64MiB. Without it, there is no /tmp."},
    "readBack": {"type": "boolean", "description": "True lets the program read and list what it wrote to /out."},
    "profile": {"type": "string", "enum": ["static", "dynamic", "python"], "description": "Built-in profile of limits and system calls. Without it, immure chooses the profile that fits the program."},
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 86400, "description": "Time limit of the program. The operator's limit is not exceeded."}
  }
})";

inline constexpr std::string_view kExplainSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["input", "program"],
  "properties": {
    "input": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 64, "description": "As for run."},
    "program": {"type": "string", "description": "As for run."},
    "arguments": {"type": "array", "items": {"type": "string"}, "maxItems": 4096, "description": "As for run."},
    "stdin": {"type": "string", "description": "As for run."},
    "env": {"type": "object", "additionalProperties": {"type": "string"}, "maxProperties": 256, "description": "As for run."},
    "workdir": {"type": "string", "description": "As for run."},
    "tmp": {"type": "string", "description": "As for run."},
    "readBack": {"type": "boolean", "description": "As for run."},
    "profile": {"type": "string", "enum": ["static", "dynamic", "python"], "description": "As for run."},
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 86400, "description": "As for run."}
  }
})";

inline constexpr std::string_view kVerifySchema = R"({
  "type": "object", "additionalProperties": false, "required": ["evidence"],
  "properties": {
    "evidence": {"type": "string", "description": "Path of the evidence."},
    "artifacts": {"type": "string", "description": "Path of the output directory, which must hold exactly the signed files."},
    "input": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 64, "description": "Paths of the input at hand, in the order and with the names that the run had. The input must be that of the run."},
    "expectProgram": {"type": "string", "description": "Path, name or SHA-256 of the program that the run must have started."},
    "expectExit": {"type": "integer", "minimum": 0, "maximum": 255, "description": "Exit code with which the program must have ended."}
  }
})";

inline constexpr std::string_view kShowSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["evidence"],
  "properties": {"evidence": {"type": "string", "description": "Path of the evidence."}}
})";

inline constexpr std::string_view kDoctorSchema =
    R"({"type": "object", "additionalProperties": false, "properties": {}})";

inline constexpr std::string_view kInspectSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["drop", "output"],
  "properties": {
    "drop": {"type": "string", "description": "Path of the directory to inspect."},
    "output": {"type": "string", "description": "Path of an empty or new directory for the report."},
    "failOn": {"type": "string", "enum": ["info", "low", "medium", "high", "critical"], "description": "The exit code is 1 from this severity up. The default is high."},
    "inventory": {"type": "boolean", "description": "True only lists and hashes the files."},
    "timeoutSeconds": {"type": "integer", "minimum": 1, "maximum": 86400, "description": "Time limit. The operator's limit is not exceeded."}
  }
})";

/// Every tool's structured result has these members. `result` is the JSON that the command itself writes.
inline constexpr std::string_view kOutputSchema = R"({
  "type": "object", "additionalProperties": false,
  "required": ["blocked", "exitCode", "result", "sentence", "stderr", "stderrLeftOut"],
  "properties": {
    "sentence": {"type": "string", "description": "What happened, in words."},
    "exitCode": {"type": ["integer", "null"], "description": "Exit code of the command; null if immure ended the call."},
    "blocked": {"type": "boolean", "description": "True if no program was started, or if nothing can be said."},
    "stderr": {"type": "string", "description": "Messages of immure, and what the program printed to standard error."},
    "stderrLeftOut": {"type": "integer", "minimum": 0, "description": "How many further bytes were left out."}
  }
})";

/// The further members of run and inspect.
inline constexpr std::string_view kRunOutputSchema = R"({
  "stdout": {"type": "string", "description": "What the program printed to standard output."},
  "stdoutLeftOut": {"type": "integer", "minimum": 0, "description": "How many further bytes were left out."},
  "output": {"type": "string", "description": "Path of the output directory."},
  "outputs": {"type": "array", "description": "The files in the output directory.", "items": {
    "type": "object", "additionalProperties": false, "required": ["name", "sha256"],
    "properties": {"name": {"type": "string"}, "sha256": {"type": "string"}}}},
  "evidence": {"type": ["string", "null"], "description": "Path of the signed evidence; null if nothing was signed."},
  "verdict": {"type": ["string", "null"], "enum": ["ACCEPTED", "REJECTED", "BLOCKED", null], "description": "What the verifier says about the evidence; null if nothing was verified."},
  "verdictCode": {"type": ["string", "null"], "description": "The verifier's reason code (docs/reason-codes.md)."}
})";

}  // namespace immure::cli::mcp
