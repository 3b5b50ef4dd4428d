# tests/fuzz/<layer>_<what>.cc: one libFuzzer program each, linked with its layer. Those of the inspector stand with it.
# A first corpus: build/fuzz/bin/fuzz_seeds DIRECTORY, then build/fuzz/bin/fuzz_<layer>_<what> DIRECTORY/<layer>_<what>.
# The layers report what they cover, or the fuzzer is blind.
foreach(layer sys file probe plan evidence verify)
  target_compile_options(${layer} PRIVATE -fsanitize=fuzzer-no-link)
endforeach()
foreach(layer evidence plan verify)
  file(GLOB fuzzers CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/${layer}_*.cc)
  foreach(source ${fuzzers})
    get_filename_component(name ${source} NAME_WE)
    add_executable(fuzz_${name} ${source})
    target_link_libraries(fuzz_${name} PRIVATE ${layer})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
endforeach()
add_executable(fuzz_seeds ${CMAKE_SOURCE_DIR}/tests/fuzz/seeds.cpp)
target_link_libraries(fuzz_seeds PRIVATE verify)
