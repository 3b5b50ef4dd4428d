# matrix/acceptance.toml -> build/generated/matrix_table.inc, compiled into the layer `judge`.
add_executable(matrix_compile ${CMAKE_SOURCE_DIR}/tools/matrix_compile.cpp)
target_link_libraries(matrix_compile PRIVATE file)
set(matrix_table ${CMAKE_BINARY_DIR}/generated/matrix_table.inc)
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${matrix_table}
  COMMAND matrix_compile ${CMAKE_SOURCE_DIR}/matrix/acceptance.toml ${matrix_table}
  DEPENDS matrix_compile ${CMAKE_SOURCE_DIR}/matrix/acceptance.toml
  COMMENT "Compiling the acceptance matrix")
add_custom_target(matrix_table DEPENDS ${matrix_table})
add_dependencies(judge matrix_table)
