# Tests of a folder in one translation unit: their headers once, then each file in a namespace of its own. What several of them
# instantiate is compiled once, which takes half the time; changing one compiles them all.

# erg_tests_together(<target> <file>...): writes and builds <target> from test files, paths from the folder of tests.
function(erg_tests_together target)
  set(includes)
  set(bodies)
  foreach(file IN LISTS ARGN)
    set(path ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(STRINGS ${path} lines REGEX "^#include ")
    get_filename_component(folder ${file} DIRECTORY)
    foreach(line IN LISTS lines)
      string(REGEX MATCH "\"[^\"]+" header "${line}")
      string(REPLACE "\"" "" header "${header}")
      if(header AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${header})  # beside the test
        string(REPLACE ${header} ${folder}/${header} line ${line})
      endif()
      list(APPEND includes ${line})
    endforeach()
    string(MAKE_C_IDENTIFIER ${file} scope)
    string(APPEND bodies "namespace in_${scope} {\n#include \"${file}\"\n}\n")
  endforeach()
  list(REMOVE_DUPLICATES includes)
  list(JOIN includes "\n" includes)
  file(CONFIGURE OUTPUT ${target}.cpp CONTENT "${includes}\n${bodies}" @ONLY)
  add_executable(${target} ${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp)
  target_link_libraries(${target} PRIVATE erg_test_main)
endfunction()
