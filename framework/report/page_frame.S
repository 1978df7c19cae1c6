/* The page's frame as it lies in the build directory. */
    .section .rodata
    .global iodyno_page_frame
    .global iodyno_page_frame_end
iodyno_page_frame:
    .incbin IODYNO_PAGE_FRAME
iodyno_page_frame_end:
    .byte 0
    .section .note.GNU-stack, "", %progbits
