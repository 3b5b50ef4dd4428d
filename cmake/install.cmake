# What `cmake --install` installs. docs/install.md lists the places.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(installed ${CMAKE_BINARY_DIR}/installed)

option(IMMURE_APPARMOR "Install an AppArmor profile into /etc/apparmor.d (AppArmor 4 or newer)" OFF)
set(IMMURE_SYSTEMD_DIR lib/systemd CACHE STRING "Where systemd finds units, below the prefix")
set(IMMURE_ZSH_DIR ${CMAKE_INSTALL_DATADIR}/zsh/site-functions CACHE STRING "Where zsh finds completions")

install(TARGETS immure immure-inspect RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# The manual pages and completions are made from the table of the options, by the program itself.
set(completions ${installed}/completions)
add_custom_command(
  OUTPUT ${installed}/man/immure.1 ${completions}/immure ${completions}/_immure ${completions}/immure.fish
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${installed}/man ${completions}
  COMMAND ${CMAKE_COMMAND} -E make_directory ${installed}/man ${completions}
  COMMAND immure manual --output ${installed}/man
  COMMAND immure completion bash > ${completions}/immure
  COMMAND immure completion zsh > ${completions}/_immure
  COMMAND immure completion fish > ${completions}/immure.fish
  DEPENDS immure
  COMMENT "Writing manual pages and completions"
  VERBATIM)
add_custom_target(manual ALL DEPENDS ${installed}/man/immure.1)
install(DIRECTORY ${installed}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${completions}/immure DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${completions}/_immure DESTINATION ${IMMURE_ZSH_DIR})
install(FILES ${completions}/immure.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)

# The guard is one archive for other programs, with the two layers that the guard needs.
add_library(immure-guard STATIC $<TARGET_OBJECTS:guard> $<TARGET_OBJECTS:text> $<TARGET_OBJECTS:sys>)
target_include_directories(immure-guard INTERFACE $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
set_target_properties(immure-guard PROPERTIES EXPORT_NAME guard)
install(TARGETS immure-guard EXPORT immure ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/include/immure DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/immure)
install(EXPORT immure NAMESPACE immure:: FILE immureConfig.cmake DESTINATION ${package_dir})
write_basic_package_version_file(${installed}/immureConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${installed}/immureConfigVersion.cmake DESTINATION ${package_dir})
file(RELATIVE_PATH prefix_from_pc /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${packaging}/immure-guard.pc.in ${installed}/immure-guard.pc @ONLY)
install(FILES ${installed}/immure-guard.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# These files have paths of installed files, and only `cmake --install` knows the prefix. So they are made then.
set(units immure-drop@.service immure-drop@.path immure-drop@.timer)
install(CODE "
  set(bin \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR})
  set(libexec \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBEXECDIR})
  set(doc \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_DOCDIR})
  configure_file(${packaging}/apparmor/immure.in ${installed}/apparmor/immure @ONLY)
  foreach(unit ${units})
    configure_file(${packaging}/systemd/\${unit}.in ${installed}/systemd/\${unit} @ONLY)
  endforeach()")
install(FILES ${installed}/apparmor/immure DESTINATION ${CMAKE_INSTALL_DATADIR}/immure/apparmor)
if(IMMURE_APPARMOR)
  install(FILES ${installed}/apparmor/immure DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/apparmor.d)
endif()

list(TRANSFORM units PREPEND ${installed}/systemd/)
install(FILES ${units} DESTINATION ${IMMURE_SYSTEMD_DIR}/system)
install(PROGRAMS ${packaging}/systemd/immure-drop DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/immure)
install(FILES ${packaging}/systemd/immure.sysusers DESTINATION lib/sysusers.d RENAME immure.conf)
install(FILES ${packaging}/systemd/immure.tmpfiles DESTINATION lib/tmpfiles.d RENAME immure.conf)

install(DIRECTORY ${CMAKE_SOURCE_DIR}/spec ${CMAKE_SOURCE_DIR}/matrix DESTINATION ${CMAKE_INSTALL_DATADIR}/immure)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs ${CMAKE_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md CHANGELOG.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
