# cmake -DOUTPUT=FILE -DFILES="a;b" -P embed.cmake: writes the files as texts into a C++ source.
set(body "")
foreach(file ${FILES})
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
  get_filename_component(name ${file} NAME)
  string(MAKE_C_IDENTIFIER ${name} id)
  string(APPEND arrays "constexpr char k_${id}[] = {${bytes}'\\0'};\n")
  string(APPEND rows "    {\"${name}\", {k_${id}, sizeof k_${id} - 1}},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"inspect/bundled_rules.hpp\"\n\n#include <array>\n\nnamespace immure::inspect {\nnamespace {\n\n\
${arrays}\nconstexpr auto kFiles = std::to_array<BundledFile>({\n${rows}});\n\n}  // namespace\n\n\
std::span<const BundledFile> bundled_rules() { return kFiles; }\n\n}  // namespace immure::inspect\n")
