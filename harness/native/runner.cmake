# SPDX-License-Identifier: GPL-2.0-or-later
# The native executor's runner: a program without libc, static and position-independent, never sanitized, built from
# the freestanding part of src and from harness/native/runner, and embedded into the library as bytes. Flags of the
# build type do not reach it: it is the same program in every build.
add_executable(rp_native_hazard_table harness/native/generate/hazard_table.c)
target_link_libraries(rp_native_hazard_table PRIVATE rp)
target_compile_definitions(rp_native_hazard_table PRIVATE RP_FRONT_END)
set(runner_folder ${CMAKE_BINARY_DIR}/runner)
set(runner_file ${runner_folder}/ringprobe-runner)
set(hazard_table ${runner_folder}/hazard_table.S)
file(MAKE_DIRECTORY ${runner_folder})
add_custom_command(OUTPUT ${hazard_table} COMMAND rp_native_hazard_table ${hazard_table}
  DEPENDS rp_native_hazard_table)

set(runner_shared src/x86/prefix.c src/x86/mode.c src/x86/hazards_match.c src/state/diff.c src/state/registers.c
  harness/native/extended.c)
file(GLOB runner_own CONFIGURE_DEPENDS harness/native/runner/*.c harness/native/runner/*.S)
set(runner_flags -std=gnu17 -O2 -g -fpie -fno-stack-protector -fcf-protection=none
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections
  -fvisibility=hidden -DNDEBUG -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Werror
  -iquote ${PROJECT_SOURCE_DIR}/src -iquote ${PROJECT_SOURCE_DIR}/harness)
set(runner_objects "")
foreach(source IN LISTS runner_shared runner_own)
  cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
  cmake_path(GET source FILENAME name)
  set(object ${runner_folder}/${name}.o)
  set(more "")
  if(name STREQUAL signal.c) # it runs while vectors are the test's
    set(more -mgeneral-regs-only)
  endif()
  add_custom_command(OUTPUT ${object}
    COMMAND ${CMAKE_C_COMPILER} ${runner_flags} ${more} -MD -MF ${object}.d -c ${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d)
  list(APPEND runner_objects ${object})
endforeach()
add_custom_command(OUTPUT ${hazard_table}.o
  COMMAND ${CMAKE_C_COMPILER} -c ${hazard_table} -o ${hazard_table}.o DEPENDS ${hazard_table})
# -z separate-code and no shared libraries: a symbol that nobody defines is an error here.
add_custom_command(OUTPUT ${runner_file}
  COMMAND ${CMAKE_C_COMPILER} -static-pie -nostdlib -Wl,-z,noexecstack -Wl,-z,now -Wl,-e,_start -Wl,--gc-sections
    -Wl,--build-id=none
    -o ${runner_file} ${runner_objects} ${hazard_table}.o
  DEPENDS ${runner_objects} ${hazard_table}.o)
configure_file(harness/native/image.S.in ${runner_folder}/image.S @ONLY)
set_source_files_properties(${runner_folder}/image.S PROPERTIES OBJECT_DEPENDS ${runner_file})
target_sources(rp_native PRIVATE ${runner_folder}/image.S)
