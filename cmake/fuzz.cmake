# Each tests/fuzz/<layer>_<what>.cc is one libFuzzer program, linked with its layer. src/inspect adds the inspector's.
# Make a first corpus: build/fuzz/tests/fuzz_seeds DIRECTORY. Then run build/fuzz/tests/fuzz_<layer>_<what>
# DIRECTORY/<layer>_<what>. The target `fuzzers` builds all these programs.
add_custom_target(fuzzers)
function(add_fuzzers layer library)
  set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
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

# Instrument the layers, because the fuzzer chooses its inputs by the coverage of the layers.
foreach(layer sys text file probe plan evidence tlog judge verify render)
  target_compile_options(${layer} PRIVATE -fsanitize=fuzzer-no-link)
endforeach()
add_fuzzers(evidence evidence)
add_fuzzers(plan plan)
add_fuzzers(tlog tlog)
# These programs also render what they verify, so they are linked with `render`.
add_fuzzers(verify render)
add_executable(fuzz_seeds ${CMAKE_SOURCE_DIR}/tests/fuzz/seeds.cpp)
set_target_properties(fuzz_seeds PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
target_link_libraries(fuzz_seeds PRIVATE render)
add_dependencies(fuzzers fuzz_seeds)
