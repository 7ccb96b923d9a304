# SPDX-License-Identifier: GPL-2.0-or-later
# The guest images: one source, built as 64-bit and as 32-bit code from the freestanding part of src and from
# harness/guest/image, with no library, linked at a fixed address and embedded into the library as bytes. Flags of
# the build type do not reach them: they are the same in every build.
set(guest_folder ${CMAKE_BINARY_DIR}/guest)
file(MAKE_DIRECTORY ${guest_folder})
set(guest_shared src/x86/prefix.c src/x86/mode.c src/x86/vector.c src/state/arena.c src/state/component.c src/state/descriptor.c
  src/state/memory.c src/state/registers.c src/state/resources.c src/state/system_memory.c harness/guest/gate.c)
file(GLOB guest_own CONFIGURE_DEPENDS harness/guest/image/*.c harness/guest/image/*.S)
set(guest_flags -std=gnu17 -O2 -g -ffreestanding -fno-pic -fno-pie -fno-stack-protector -fcf-protection=none
  -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -ffunction-sections -fdata-sections
  -D_Thread_local= -DNDEBUG -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror
  -iquote ${PROJECT_SOURCE_DIR}/src -iquote ${PROJECT_SOURCE_DIR}/harness
  -isystem ${PROJECT_SOURCE_DIR}/harness/guest/libc)
set(guest_flags_64 -m64 -mno-red-zone)
# Arguments in registers and no stack aligned for vectors: 100 instructions a run of prot32 less.
set(guest_flags_32 -m32 -malign-double -mregparm=3 -mpreferred-stack-boundary=2)
# Vector registers are the test's, and the image's own in one file alone, which is made for each width that a CPU
# may have.
set(guest_flags_narrow -mgeneral-regs-only)
# Seen as a whole, a run takes 50 instructions less in long64 and 160 in prot32.
set(guest_flags_whole "")
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  set(guest_flags_whole -flto)
endif()
set(guest_flags_wide_16 -msse2 -mno-avx)
set(guest_flags_wide_32 -mavx2 -mno-vzeroupper)
foreach(bits IN ITEMS 64 32)
  math(EXPR other "96 - ${bits}")
  set(objects "")
  foreach(source IN LISTS guest_shared guest_own)
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR})
    cmake_path(GET source FILENAME name)
    if(name MATCHES "${other}\\.[cS]$" OR name STREQUAL wide.c)
      continue()
    endif()
    set(object ${guest_folder}/${name}.${bits}.o)
    set(flags ${guest_flags} ${guest_flags_${bits}} ${guest_flags_narrow} ${guest_flags_whole})
    if(name STREQUAL string.c) # what the compiler calls of its own accord
      list(APPEND flags -fno-lto)
    endif()
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_C_COMPILER} ${flags} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d)
    list(APPEND objects ${object})
  endforeach()
  foreach(width IN ITEMS 16 32)
    set(object ${guest_folder}/wide${width}.${bits}.o)
    set(source ${PROJECT_SOURCE_DIR}/harness/guest/image/wide.c)
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_C_COMPILER} ${guest_flags} ${guest_flags_${bits}} ${guest_flags_wide_${width}}
        -DRP_GUEST_WIDE=${width} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d)
    list(APPEND objects ${object})
  endforeach()
  set(script ${guest_folder}/link${bits}.ld)
  add_custom_command(OUTPUT ${script}
    COMMAND ${CMAKE_C_COMPILER} -E -P -x c -iquote ${PROJECT_SOURCE_DIR}/harness
      ${PROJECT_SOURCE_DIR}/harness/guest/image/link.ld -o ${script}
    DEPENDS harness/guest/image/link.ld harness/guest/places.h)
  set(elf ${guest_folder}/guest${bits}.elf)
  add_custom_command(OUTPUT ${elf} ${guest_folder}/guest${bits}.bin
    COMMAND ${CMAKE_C_COMPILER} ${guest_flags} ${guest_flags_${bits}} ${guest_flags_narrow} ${guest_flags_whole}
      -static -nostdlib -no-pie -Wl,-z,noexecstack -Wl,--gc-sections -Wl,--build-id=none -Wl,--no-warn-rwx-segments -Wl,-T,${script} -o ${elf} ${objects}
    COMMAND ${CMAKE_OBJCOPY} -O binary ${elf} ${guest_folder}/guest${bits}.bin
    DEPENDS ${objects} ${script})
endforeach()
configure_file(harness/guest/image.S.in ${guest_folder}/image.S @ONLY)
set_source_files_properties(${guest_folder}/image.S PROPERTIES
  OBJECT_DEPENDS "${guest_folder}/guest64.bin;${guest_folder}/guest32.bin")
