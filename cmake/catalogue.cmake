# catalogue/programs.toml -> build/generated/known_programs.inc, compiled into the layer `plan`.
add_executable(catalogue_compile ${CMAKE_SOURCE_DIR}/tools/catalogue_compile.cpp)
target_link_libraries(catalogue_compile PRIVATE file)
set(known_programs ${CMAKE_BINARY_DIR}/generated/known_programs.inc)
add_custom_command(
  OUTPUT ${known_programs}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
  COMMAND catalogue_compile ${CMAKE_SOURCE_DIR}/catalogue/programs.toml ${known_programs}
  DEPENDS catalogue_compile ${CMAKE_SOURCE_DIR}/catalogue/programs.toml
  COMMENT "Compiling the catalogue of programs")
add_custom_target(known_programs DEPENDS ${known_programs})
add_dependencies(plan known_programs)
