# tests/fuzz/<layer>_<what>.cc: one libFuzzer program each, linked with its layer. Those of the inspector stand with it.
# A first corpus: build/fuzz/bin/fuzz_seeds DIRECTORY, then build/fuzz/bin/fuzz_<layer>_<what> DIRECTORY/<layer>_<what>.
# `fuzzers` is all of them.
add_custom_target(fuzzers)
function(add_fuzzers layer library)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/${layer}_*.cc)
  foreach(source ${sources})
    get_filename_component(name ${source} NAME_WE)
    add_executable(fuzz_${name} ${source})
    target_link_libraries(fuzz_${name} PRIVATE ${library})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers fuzz_${name})
  endforeach()
endfunction()

# The layers report what they cover, or the fuzzer is blind.
foreach(layer sys file probe plan evidence verify)
  target_compile_options(${layer} PRIVATE -fsanitize=fuzzer-no-link)
endforeach()
foreach(layer evidence plan verify)
  add_fuzzers(${layer} ${layer})
endforeach()
add_executable(fuzz_seeds ${CMAKE_SOURCE_DIR}/tests/fuzz/seeds.cpp)
target_link_libraries(fuzz_seeds PRIVATE verify)
add_dependencies(fuzzers fuzz_seeds)
