# These tests do not run where qemu-user emulates another machine without a kernel of that machine. The emulator has no
# openat2 (trees of files, programs), no filters and no Landlock (the verifier's own walls), opens descriptors of its
# own (guard), and takes minutes for tests that judge thousands of times (judge, verify, render).
set(not_emulated_file Scan.*:ManifestHasher.*)
set(not_emulated_plan Closure.*:ClosureInRootfs.*:ImageTest.*)
set(not_emulated_guard BareHost.NothingHoldsAndNothingIsLeft)
set(not_emulated_judge Probes.*)
set(not_emulated_verify Artifacts.*:LockedDown.*:Mutants.*)
set(not_emulated_render Difference.OfNoValueIsOverlooked)

# Keep the programs of the tests out of the directory from which packagers take the programs to ship.
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

# tests/unit/<layer>/*_test.cpp: one test program for each layer. Tests of the real binary are in other folders of
# tests/.
find_package(GTest REQUIRED)
# The tests of the judge and of the verifier share sample evidence, which a verifier must accept.
set(tested_with_judge render)
set(tested_with_verify render)
foreach(layer sys text file probe cell plan evidence tlog judge verify render attest guard cli)
  file(GLOB tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/${layer}/*_test.cpp)
  if(tests)
    add_executable(${layer}_test ${tests})
    target_link_libraries(${layer}_test PRIVATE ${tested_with_${layer}} ${layer} GTest::gtest_main)
    target_compile_definitions(${layer}_test PRIVATE IMMURE_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
    # The tested code is in the libraries; the tests themselves need not be fast.
    target_compile_options(${layer}_test PRIVATE ${immure_slow_to_compile})
    add_test(NAME unit.${layer} COMMAND ${layer}_test)
    add_dependencies(unit_tests ${layer}_test)
    if(CMAKE_CROSSCOMPILING)
      set_tests_properties(unit.${layer} PROPERTIES ENVIRONMENT "GTEST_FILTER=*-${not_emulated_${layer}}")
    endif()
  endif()
endforeach()

# The evaluator of filters belongs to `plan`. Its tests read the filters of other layers, which are in these layers'
# headers.
foreach(layer cell inspect verify)
  immure_include_root(plan_test PRIVATE ${layer})
endforeach()

# immure-mutant: immure without one wall, which the variable IMMURE_OMIT names. Only the mutation tests use this
# program. tests/mutation says what the program leaves out and how; its layers have the calls of cell/mutation.hpp and
# attest/mutation.hpp.
function(immure_mutant_layer name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(${name}_mutant STATIC ${sources})
  target_compile_definitions(${name}_mutant PUBLIC IMMURE_MUTANTS)
  target_include_directories(${name}_mutant PUBLIC ${CMAKE_SOURCE_DIR}/tests)
  immure_include_root(${name}_mutant PUBLIC ${name})
  target_link_libraries(${name}_mutant PUBLIC ${ARGN})
  target_compile_options(${name}_mutant PRIVATE ${immure_slow_to_compile})
endfunction()
immure_mutant_layer(cell probe sys)
immure_mutant_layer(attest cell_mutant probe plan evidence judge file text sys)
add_executable(immure-mutant ${cli_sources} tests/mutation/mutant.cpp tests/mutation/weak_cell.cpp
               tests/mutation/weak_supervisor.cpp)
immure_include_root(immure-mutant PRIVATE cli)
target_include_directories(immure-mutant PRIVATE ${inspect_options_root})
target_compile_options(immure-mutant PRIVATE ${immure_slow_to_compile})
target_link_libraries(immure-mutant PRIVATE attest_mutant render verify judge evidence plan guard file sys)
if(IMMURE_STATIC)
  target_link_options(immure-mutant PRIVATE -static -no-pie -Wl,--gc-sections)
endif()
# A cell shares memory with its supervisor, which a sanitizer in the supervisor does not survive.
if(NOT IMMURE_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  add_test(NAME shipped COMMAND ${CMAKE_SOURCE_DIR}/tests/mutation/shipped_test.sh ${CMAKE_BINARY_DIR}/bin)
  add_test(NAME mutation COMMAND ${CMAKE_SOURCE_DIR}/tests/mutation/mutation_test.sh ${CMAKE_BINARY_DIR}/bin)
endif()

# immure-faults: lets each call of a run fail in turn. This program works from outside, so the tests use immure exactly
# as shipped.
file(GLOB fault_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/faults/*.cpp)
add_executable(immure-faults ${fault_sources})
target_link_libraries(immure-faults PRIVATE ${SECCOMP})
if(NOT IMMURE_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  add_test(NAME faults COMMAND ${CMAKE_SOURCE_DIR}/tests/faults/faults_test.sh ${CMAKE_BINARY_DIR}/bin)
endif()

# The walkers of tests/attack: the race walk and the resource walk act on a run from outside, too.
add_executable(immure-walk-payload tests/attack/walk_payload.c)
target_link_options(immure-walk-payload PRIVATE -static)
add_executable(immure-races tests/attack/race_walk.cpp tests/attack/race_judge.cpp
               tests/attack/race_scenarios.cpp tests/attack/race_world.cpp tests/faults/tracer.cpp)
target_include_directories(immure-races PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(immure-races PRIVATE evidence file sys ${SECCOMP})
add_executable(immure-resources tests/attack/resource_walk.cpp tests/attack/resource_judge.cpp
               tests/attack/resource_kills.cpp tests/attack/limited.cpp
               tests/attack/race_scenarios.cpp tests/attack/race_world.cpp tests/faults/tracer.cpp)
target_include_directories(immure-resources PRIVATE ${CMAKE_SOURCE_DIR}/tests)
target_link_libraries(immure-resources PRIVATE ${SECCOMP})
