#include <unistd.h>

#include "cli/commands.hpp"
#include "cli/mcp/server.hpp"
#include "cli/print.hpp"

namespace immure::cli {

Result<ExitCode> mcp_command(const Arguments& arguments) {
  TRY(const mcp::Settings settings, mcp::settings_of(arguments));
  if (::isatty(STDIN_FILENO) == 1)
    tell(
        "mcp waits for a client of the Model Context Protocol on standard input; docs/mcp.md says how to name immure "
        "to a client. To end the server, press Ctrl-D.");
  return mcp::serve(settings);
}

}  // namespace immure::cli
