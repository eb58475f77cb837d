META
key;value
description;우리 동네 참여예산
instance;2020
num_projects;8
num_votes;60
budget;100000000
vote_type;approval
rule;greedy
date_begin;05.08.2019
date_end;31.08.2019
min_length;1
max_length;4
language;ko
currency;KRW
PROJECTS
project_id;cost;votes;name;category;selected
p1;30000000;42;골목길 LED 보안등 교체;안전;1
p2;45000000;31;어린이공원 모래놀이터 정비;공원;1
p3;12000000;16;경로당 미끄럼 방지 바닥 시공;복지;0
p4;25000000;35;버스정류장 온열 의자 설치;교통;1
p5;18000000;21;마을 공유 텃밭 조성;환경;0
p6;38000000;30;학교 앞 노란 횡단보도 정비;교통;0
p7;9000000;12;도서관 야간 자율학습실 운영;교육;0
p8;22000000;5;빗물 저금통 보급;환경;0
VOTES
voter_id;vote
1;p1,p2,p4,p6
2;p1,p2,p4,p5
3;p2,p5
4;p1,p2,p5,p6
5;p1,p2,p4,p6
6;p1,p4,p6
7;p6,p8
8;p1,p2,p3,p5
9;p1,p2,p3,p4
10;p4,p5,p7
11;p4,p6,p8
12;p1,p4,p5,p7
13;p1,p4,p6
14;p1,p2,p4
15;p1,p4,p5,p6
16;p1,p2,p3,p5
17;p4
18;p1,p2,p3,p4
19;p6
20;p1,p2,p3,p4
21;p4,p5
22;p2,p6
23;p1,p5,p6,p7
24;p1,p2,p5,p6
25;p4,p6
26;p1,p6,p7
27;p2,p3,p7
28;p1,p2,p4,p6
29;p2,p3,p5
30;p1,p3,p4
31;p1,p4
32;p1
33;p1,p4,p6,p8
34;p1,p2,p4,p5
35;p1,p2,p4,p6
36;p1,p2,p4,p6
37;p1,p3,p4,p6
38;p2,p4,p5,p7
39;p1,p2,p3,p5
40;p1,p5,p6,p7
41;p1,p6
42;p1,p2,p4,p6
43;p1,p2,p4,p8
44;p2,p4,p5,p6
45;p1,p2
46;p1,p2
47;p1,p3,p4,p6
48;p1,p3,p5,p6
49;p2,p4,p5,p8
50;p1,p2,p6
51;p6
52;p1,p3,p4
53;p3,p5
54;p5,p7
55;p1,p2,p4,p7
56;p2,p6,p7
57;p1,p4,p6
58;p1,p3,p6,p7
59;p1,p2,p3,p4
60;p1,p4,p7
