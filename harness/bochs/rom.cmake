# SPDX-License-Identifier: GPL-2.0-or-later
# The ROM: one assembly file, linked at the address where real mode sees it, embedded into the library as bytes.
set(bochs_folder ${CMAKE_BINARY_DIR}/bochs)
file(MAKE_DIRECTORY ${bochs_folder})
set(rom_source ${PROJECT_SOURCE_DIR}/harness/bochs/rom/rom.S)
add_custom_command(OUTPUT ${bochs_folder}/rom.bin
  COMMAND ${CMAKE_C_COMPILER} -m32 -static -nostdlib -no-pie -iquote ${PROJECT_SOURCE_DIR}/harness
    -Wl,--build-id=none -Wl,-Ttext=0xf0000 -Wl,-e,0 -Wl,--no-warn-rwx-segments -o ${bochs_folder}/rom.elf ${rom_source}
  COMMAND ${CMAKE_OBJCOPY} -O binary -j .text ${bochs_folder}/rom.elf ${bochs_folder}/rom.bin
  DEPENDS ${rom_source} harness/bochs/rom.h harness/guest/places.h)
configure_file(harness/bochs/rom/bytes.S.in ${bochs_folder}/rom_bytes.S @ONLY)
set_source_files_properties(${bochs_folder}/rom_bytes.S PROPERTIES OBJECT_DEPENDS ${bochs_folder}/rom.bin)
target_sources(rp_bochs PRIVATE ${bochs_folder}/rom_bytes.S)
