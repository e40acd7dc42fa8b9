# What `cmake --install` puts where. Paths are decided when installing, so --prefix and DESTDIR are both honoured:
#   PREFIX/sbin/litegwd, PREFIX/bin/litegw, PREFIX/share/..., PREFIX/lib/systemd/system, PREFIX/lib/sysusers.d
#   /etc/litegw/litegw.yaml for the prefixes /usr and /usr/local, else PREFIX/etc/litegw/litegw.yaml; never overwritten
if(TARGET litegwd)
  install(TARGETS litegwd RUNTIME DESTINATION ${CMAKE_INSTALL_SBINDIR})
endif()
if(TARGET litegw)
  install(TARGETS litegw RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()

install(FILES README.md CHANGELOG.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES etc/systemd/litegw.sysusers DESTINATION lib/sysusers.d RENAME litegw.conf)
install(FILES etc/systemd/litegw.tmpfiles DESTINATION lib/tmpfiles.d RENAME litegw.conf)
if(EXISTS ${CMAKE_SOURCE_DIR}/etc/prices.json)
  install(FILES etc/prices.json DESTINATION ${CMAKE_INSTALL_DATADIR}/litegw)
endif()
if(EXISTS ${CMAKE_SOURCE_DIR}/etc/litegw.yaml)
  install(FILES etc/litegw.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
endif()

foreach(section 1 5 7 8)
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()

# The CLI prints its own completions (`litegw completion SHELL`); the files under etc/completions are what it prints.
foreach(completion "litegw.bash:bash-completion/completions:litegw" "_litegw:zsh/site-functions:_litegw"
                   "litegw.fish:fish/vendor_completions.d:litegw.fish")
  string(REPLACE ":" ";" parts ${completion})
  list(GET parts 0 source)
  list(GET parts 1 folder)
  list(GET parts 2 name)
  if(EXISTS ${CMAKE_SOURCE_DIR}/etc/completions/${source})
    install(FILES etc/completions/${source} DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder} RENAME ${name})
  endif()
endforeach()

install(CODE "
  get_filename_component(prefix \"\${CMAKE_INSTALL_PREFIX}\" ABSOLUTE)
  set(LITEGW_SBIN \"\${prefix}/${CMAKE_INSTALL_SBINDIR}\")
  set(LITEGW_BIN \"\${prefix}/${CMAKE_INSTALL_BINDIR}\")
  set(target \"\$ENV{DESTDIR}\${prefix}\")
  configure_file(\"${CMAKE_SOURCE_DIR}/etc/systemd/litegwd.service.in\" \"\${target}/lib/systemd/system/litegwd.service\" @ONLY)
  message(STATUS \"Installing: \${target}/lib/systemd/system/litegwd.service\")
  if(prefix MATCHES \"^/usr(/local)?/?\$\")
    set(folder \"/etc/litegw\")
  else()
    set(folder \"\${prefix}/etc/litegw\")
  endif()
  # file(INSTALL) puts DESTDIR before the folder by itself.
  if(EXISTS \"${CMAKE_SOURCE_DIR}/etc/litegw.yaml\" AND NOT EXISTS \"\$ENV{DESTDIR}\${folder}/litegw.yaml\")
    message(STATUS \"Installing: \${folder}/litegw.yaml\")
    file(INSTALL \"${CMAKE_SOURCE_DIR}/etc/litegw.yaml\" DESTINATION \"\${folder}\"
      PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
  endif()
")
